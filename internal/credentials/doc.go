// Package credentials finds the API endpoint and the authentication token: in
// the environment, or in the vendor's own credentials file, which every Seven
// Bridges client shares.
//
// It owns the order in which they are looked for, what makes them valid, and
// that the token is never printed: a Credentials value shows no token however it
// is formatted, encoded or logged, and no error carries a part of one. It makes
// no request; whether the platform takes the token is for package api to learn.
package credentials
