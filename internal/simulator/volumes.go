package simulator

import (
	"strings"
)

// volumeView is a volume as one request sees it.
type volumeView struct {
	c *call
	v *volume
}

// volumeFields are the properties of a volume (vendor page "Get details of a
// volume").
var volumeFields = []field[volumeView]{
	inBrief(text("href", func(v volumeView) string { return v.c.base + "/storage/volumes/" + v.v.seed.id })),
	inBrief(text("id", func(v volumeView) string { return v.v.seed.id })),
	inBrief(text("name", func(v volumeView) string {
		_, name, _ := strings.Cut(v.v.seed.id, "/")
		return name
	})),
	constant[volumeView]("description", `""`),
	text("access_mode", func(v volumeView) string { return v.v.seed.mode }),
	{name: "active", value: func(v volumeView, b []byte) []byte { return appendBool(b, !v.v.seed.inactive) }},
	{name: "created_on", value: volumeTime},
	{name: "modified_on", value: volumeTime},
	{name: "service", value: volumeService},
}

func volumeTime(v volumeView, b []byte) []byte {
	return appendTime(b, v.v.seed.created.resolve(v.c.s.began, longAgo))
}

// kind is the volume's service in the letter case of this platform.
func (v volumeView) kind() string {
	if v.c.s.seed.quirks.upperCaseServices {
		return strings.ToUpper(v.v.seed.kind)
	}
	return v.v.seed.kind
}

func volumeService(v volumeView, b []byte) []byte {
	pair := func(key, value string) {
		b = append(appendString(append(b, ','), key), ':')
		b = appendString(b, value)
	}
	b = appendString(append(b, `{"type":`...), v.kind())
	endpoint := v.v.seed.endpoint
	switch v.v.seed.kind {
	case "azure":
		account, container, _ := strings.Cut(v.v.bucketName(), "/")
		pair("storage_account", account)
		pair("container", container)
	default:
		pair("bucket", v.v.bucketName())
	}
	pair("prefix", v.v.seed.prefix)
	switch {
	case v.v.seed.kind == "gcs" && endpoint == "":
		pair("root_url", "https://www.googleapis.com")
	case v.v.seed.kind == "gcs":
		pair("root_url", endpoint)
	case v.v.seed.kind == "s3" && endpoint == "":
		pair("endpoint", "s3.amazonaws.com")
	default:
		pair("endpoint", endpoint)
	}
	if v.v.seed.kind == "s3" {
		b = append(b, `,"credentials":{"access_key_id":"AKIASIMULATED"},`+
			`"properties":{"sse_algorithm":"AES256","sse_aws_kms_key_id":null,"aws_canned_acl":null}`...)
	}
	b = appendBool(append(b, `,"export_enabled":`...), !v.v.seed.exportDisabled)
	return append(b, `,"direct_export_enabled":false}`...)
}

// listVolumes answers GET /storage/volumes.
func (c *call) listVolumes() (*answer, *failure) {
	p, refusal := c.span()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, volumeFields, true)
	var all []volumeView
	for _, v := range c.s.volumes {
		if v.member(c.user) {
			all = append(all, volumeView{c, v})
		}
	}
	from, to := p.window(len(all))
	return writeList(c, listing[volumeView]{p, len(all), fields, all[from:to]}), nil
}

// volume finds the volume that the path names.
func (c *call) volume() (*volume, *failure) {
	id := c.args[0] + "/" + c.args[1]
	v := c.s.volumeByID[id]
	switch {
	case v == nil:
		return nil, refusef(9007, "Requested volume %q does not exist.", id)
	case !v.member(c.user):
		return nil, refuse(9020)
	}
	return v, nil
}

// getVolume answers GET /storage/volumes/{owner}/{name}.
func (c *call) getVolume() (*answer, *failure) {
	v, refusal := c.volume()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, volumeFields, false)
	return ok(appendObject(nil, fields, volumeView{c, v})), nil
}
