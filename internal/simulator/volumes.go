package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
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
	var all []volumeView
	for _, v := range c.s.volumes {
		if v.member(c.user) {
			all = append(all, volumeView{c, v})
		}
	}
	return tellPage(c, volumeFields, all)
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
	return tell(c, volumeFields, volumeView{c, v}, refusal)
}

// browsableVolume is the volume that the path names, if its objects may be looked at.
func (c *call) browsableVolume() (*volume, *failure) {
	v, refusal := c.volume()
	switch {
	case refusal != nil:
		return nil, refusal
	case !v.may(c.user, "read"):
		return nil, refuse(9020)
	case v.seed.inactive:
		return nil, refusef(9020, "Requested volume is not active.")
	}
	return v, nil
}

// objectView is an object as one request sees it.
type objectView struct {
	volumeView
	location string
	object   object
}

// objectFields are the properties of an object on a volume (vendor page "List
// the contents of a volume").
var objectFields = []field[objectView]{
	inBrief(text("href", func(v objectView) string {
		return v.c.base + "/storage/volumes/" + v.v.seed.id + "/object?location=" + url.QueryEscape(v.location)
	})),
	inBrief(text("location", func(v objectView) string { return v.location })),
	inBrief(text("volume", func(v objectView) string { return v.v.seed.id })),
	inBrief(text("type", func(v objectView) string { return v.kind() })),
	{name: "metadata", value: func(v objectView, b []byte) []byte {
		if v.c.s.seed.quirks.noObjectMetadata {
			return b
		}
		if v.v.seed.kind == "gcs" {
			return v.googleMetadata(b)
		}
		b = strconv.AppendInt(append(b, `{"size":`...), v.object.size, 10)
		b = appendTime(append(b, `,"last_modified":`...), v.object.lastModified())
		return append(b, '}')
	}},
}

// googleMetadata appends what Google Cloud Storage says of an object (pages
// "Get details of a file within a volume" of CAVATICA and BioData Catalyst).
func (v objectView) googleMetadata(b []byte) []byte {
	bucket, key := v.v.bucketName(), v.v.key(v.location)
	generation := strconv.FormatInt(v.object.lastModified().UnixMicro(), 10)
	sum := sha256.Sum256([]byte(key + "\x00" + generation))
	link := "https://www.googleapis.com/storage/v1/b/" + bucket + "/o/" + url.PathEscape(key)
	return appendPlain(b, map[string]any{
		"kind": "storage#object", "id": bucket + "/" + key + "/" + generation, "bucket": bucket, "name": key,
		"size": strconv.FormatInt(v.object.size, 10), "contentType": "application/octet-stream",
		"generation": generation, "metageneration": "1", "etag": base64.StdEncoding.EncodeToString(sum[:8]),
		"md5Hash": base64.StdEncoding.EncodeToString(sum[:16]), "crc32c": base64.StdEncoding.EncodeToString(sum[16:20]),
		"selfLink": link, "mediaLink": link + "?generation=" + generation + "&alt=media",
	})
}

// getObject answers GET /storage/volumes/{owner}/{name}/object.
func (c *call) getObject() (*answer, *failure) {
	v, refusal := c.browsableVolume()
	if refusal != nil {
		return nil, refusal
	}
	location := c.param("location")
	if location == "" {
		return nil, refusef(90000, "Bad request: give the location of the object.")
	}
	o, exists, err := v.bucket.stat(v.key(location))
	switch {
	case err != nil:
		return nil, refuse(9000)
	case !exists:
		return nil, refuse(9105)
	}
	return tell(c, objectFields, objectView{volumeView{c, v}, location, o}, nil)
}

// listObjects answers GET /storage/volumes/{owner}/{name}/list: one level of a
// volume, forward only, with no total.
func (c *call) listObjects() (*answer, *failure) {
	v, refusal := c.browsableVolume()
	if refusal != nil {
		return nil, refusal
	}
	limit, refusal := c.limit()
	if refusal != nil {
		return nil, refusal
	}
	fields := choose(c, objectFields, true)
	after, err := base64.URLEncoding.DecodeString(c.param("continuation_token"))
	if err != nil {
		return nil, refusef(90000, "Bad request: unknown continuation_token.")
	}
	prefix := c.param("prefix")
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	entries, more, err := v.bucket.list(v.key(prefix), string(after), limit)
	if err != nil {
		return nil, refuse(9000)
	}
	return c.writeObjects(volumeView{c, v}, fields, entries, more), nil
}

// writeObjects answers with objects and, apart from them, common prefixes.
func (c *call) writeObjects(v volumeView, fields []field[objectView], entries []entry, more bool) *answer {
	objects, prefixes := []byte{}, []byte{}
	separate := func(b []byte) []byte {
		if len(b) > 0 {
			b = append(b, ',')
		}
		return b
	}
	for _, e := range entries {
		location := strings.TrimPrefix(e.key, v.v.base)
		if e.prefix {
			prefixes = c.appendPrefix(separate(prefixes), v, location)
			continue
		}
		objects = appendObject(separate(objects), fields, objectView{v, location, e.object})
	}
	b := appendQuery(append([]byte(nil), `{"href":`...), c.url(), c.query)
	b = append(append(b, `,"items":[`...), objects...)
	b = append(append(b, `],"prefixes":[`...), prefixes...)
	b = append(b, `],"links":[`...)
	if more {
		query := c.linkQuery()
		query.Set("continuation_token", base64.URLEncoding.EncodeToString([]byte(entries[len(entries)-1].key)))
		b = append(appendQuery(append(b, `{"next":`...), c.url(), query), '}')
	}
	return ok(append(b, `]}`...))
}

func (c *call) appendPrefix(b []byte, v volumeView, location string) []byte {
	if !c.s.seed.quirks.slashPrefixes {
		location = strings.TrimSuffix(location, "/")
	}
	b = append(b, `{"href":`...)
	b = appendQuery(b, c.base+"/storage/volumes/"+v.v.seed.id+"/list", url.Values{"prefix": {location}})
	b = appendString(append(b, `,"prefix":`...), location)
	b = appendString(append(b, `,"volume":`...), v.v.seed.id)
	return append(b, '}')
}
