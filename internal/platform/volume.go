package platform

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Volume is a bucket, or a part of one, attached to the platform.
type Volume struct {
	ID            string // "owner/name"
	AccessMode    string // "RO" or "RW"; empty when the platform did not say
	Inactive      bool   // the platform said that the volume is not active
	ExportRefused bool   // the platform said that export is not enabled (undocumented; a hint)
	Service       Service
}

// Service is the cloud storage behind a volume.
type Service struct {
	Type     string // one of S3, GCS, Azure, OSS, or another value in lower case
	Bucket   string // "account/container" on Azure
	Prefix   string // prepended to every location
	Endpoint string
}

// The storage services the platform knows.
const (
	S3    = "s3"
	GCS   = "gcs"
	Azure = "azure"
	OSS   = "oss"
)

// services are the names that pages and clients use for one service.
var services = map[string]string{
	"s3": S3, "aws": S3,
	"gcs": GCS, "gcp": GCS, "google": GCS,
	"azure": Azure,
	"oss":   OSS,
}

// ServiceType is the type of a service as the platform told it, in one spelling.
func ServiceType(told string) string {
	name := strings.ToLower(told)
	return cmp.Or(services[name], name)
}

// ReadOnly reports whether the volume is known not to take exports.
func (v *Volume) ReadOnly() bool { return v.AccessMode != "" && v.AccessMode != "RW" }

// Provider is the cloud provider of the volume as project locations name it
// ("aws", "google", "azure", "ali"), or empty when the service is not known.
func (v *Volume) Provider() string {
	return map[string]string{S3: "aws", GCS: "google", Azure: "azure", OSS: "ali"}[v.Service.Type]
}

// Key is the full object key of a location on the volume. The platform says
// only that the prefix is prepended; a joining slash is put where there is none.
func (v *Volume) Key(location string) string { return Told(v.Service.Prefix, location)[1] }

// At reports whether an alias's or an object's location, as the platform told
// it, can be the wanted one; see Told. Of a volume that could not be read the
// prefix is not known, and only the wanted location itself counts.
func (v *Volume) At(told, wanted string) bool {
	if v == nil {
		return told == wanted
	}
	return SamePlace(v.Service.Prefix, told, wanted)
}

// SamePlace is At by the volume's prefix alone.
//
// One text can name two places: on a volume with the prefix "x", the alias
// location "x/a" is x/a told relatively or a told as its key. Whoever has a
// record of where the file went must let that decide.
func SamePlace(prefix, told, wanted string) bool {
	forms := Told(prefix, wanted)
	return slices.Contains(forms[:], told)
}

// Told are the ways in which the platform may tell a location of an alias or an
// object: relative to the prefix, as its pages have it, or as the full key, and
// that joined with or without a slash, for they say only that the prefix is
// prepended. The destination of an export job is not told in so many ways: it
// is the location that was sent.
func Told(prefix, location string) [3]string {
	joined := prefix + location
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		joined = prefix + "/" + location
	}
	return [3]string{location, joined, prefix + location}
}

// Bucket names the physical place of the volume, for telling that two volumes
// share one; it is the volume's ID where the service does not say.
func (v *Volume) Bucket() string {
	if v.Service.Bucket == "" {
		return "volume " + v.ID
	}
	return v.Service.Type + "://" + v.Service.Endpoint + "/" + v.Service.Bucket
}

// URL is where the volume's objects are, as people and the clouds' own tools
// write it; empty where the service does not say.
func (v *Volume) URL() string {
	if v.Service.Bucket == "" {
		return ""
	}
	scheme := v.Service.Type
	if scheme == GCS {
		scheme = "gs"
	}
	url := strings.TrimSuffix(scheme+"://"+v.Service.Bucket+"/"+v.Service.Prefix, "/")
	if e := v.Service.Endpoint; e != "" && !strings.Contains(e, "amazonaws.com") && v.Service.Type == S3 {
		url += " at " + e // somebody else's S3
	}
	return url
}

// Place names a location on a volume.
type Place struct {
	Volume   string `json:"volume"`
	Location string `json:"location"`
}

// Compare orders places by volume, then by location.
func (p Place) Compare(q Place) int {
	return cmp.Or(strings.Compare(p.Volume, q.Volume), strings.Compare(p.Location, q.Location))
}

// Object is an object on a volume.
type Object struct {
	Location string
	Size     int64 // bytes; -1 when the provider's metadata does not say
	// What tells it from another object at the same location, as far as the
	// provider's metadata say; else empty.
	ETag, MD5, Generation string
	ModifiedOn            time.Time
}

// Project is a project of the platform.
type Project struct {
	ID         string // "owner/short-name"
	RootFolder string // ID of the root folder; empty when the platform did not say
	Location   string // "provider:region"; empty when the platform did not say
	Tags       []string

	// What its storage is billed under, as far as the platform says.
	Name, CreatedBy, BillingGroup string
}

// Billed is the storage of a project that its billing group pays for.
type Billed struct {
	Project, CreatedBy string // the project's name, which is not its ID; its creator may be empty
	Location           string // where the storage is; may be empty
	Active, Archived   Measure
}

// Measure is an amount as the platform tells it.
type Measure struct {
	Size float64
	Unit string // as the platform writes it; may be empty
}

// Provider is the part of the project's location before the colon, or empty.
func (p *Project) Provider() string {
	provider, _, _ := strings.Cut(p.Location, ":")
	return strings.ToLower(provider)
}

// Deployment is one installation of the platform.
type Deployment string

// The public deployments, by the names plans use.
const (
	US       Deployment = "us"
	EU       Deployment = "eu"
	CN       Deployment = "cn"
	CGC      Deployment = "cgc"
	CAVATICA Deployment = "cavatica"
	BDC      Deployment = "bdc"
)

// endpoints are the base URLs of the public deployments (vendor pages "API
// Overview" and the R clients).
var endpoints = map[Deployment]string{
	US:       "https://api.sbgenomics.com/v2",
	EU:       "https://eu-api.sbgenomics.com/v2",
	CN:       "https://api.sevenbridges.cn/v2",
	CGC:      "https://cgc-api.sbgenomics.com/v2",
	CAVATICA: "https://cavatica-api.sbgenomics.com/v2",
	BDC:      "https://api.sb.biodatacatalyst.nhlbi.nih.gov/v2",
}

// Endpoint is the deployment's base URL, or empty for an unknown one.
func (d Deployment) Endpoint() string { return endpoints[d] }

// CannotExportTo reports whether the deployment is known not to export to volumes
// of a service (CAVATICA pages "Start an export job").
func (d Deployment) CannotExportTo(service string) bool { return d == CAVATICA && service == GCS }

// DeploymentAt is the public deployment at a base URL, or empty when the URL is
// none of theirs.
func DeploymentAt(endpoint string) Deployment {
	for d, e := range endpoints {
		if e == strings.ToLower(strings.TrimRight(endpoint, "/")) {
			return d
		}
	}
	return ""
}
