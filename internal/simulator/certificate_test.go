package simulator

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Whoever trusts the certificate, and nobody else, can talk to the platform over
// https; links in the answers lead there too.
func TestCertificate(t *testing.T) {
	certificate, text, err := Certificate("simulator.test")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(start(t, small).s)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	defer server.Close()
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(text) {
		t.Fatalf("not a certificate: %s", text)
	}
	for _, name := range []string{"127.0.0.1", "localhost", "simulator.test"} {
		if err := server.Certificate().VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	for pool, want := range map[*x509.CertPool]bool{trusted: true, x509.NewCertPool(): false} {
		client := &client{t: t, token: "simulator"}
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
		answer, err := client.over(transport).try("GET", server.URL+"/v2/user", nil)
		transport.CloseIdleConnections()
		if (err == nil) != want {
			t.Errorf("trusted: %t, error %v", want, err)
		}
		if err == nil && answer.body["href"] != server.URL+"/v2/users/me" {
			t.Errorf("the answer leads to %v", answer.body["href"])
		}
	}
}
