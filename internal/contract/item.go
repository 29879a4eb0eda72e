package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// item is one export asked for.
type item struct {
	file, volume, location string
	overwrite              bool
	properties             map[string]any
}

// readItem reads one item. An error is a breach of the contract.
func readItem(v any) (item, error) {
	o, err := members("item", v, "source", "destination", "overwrite", "properties")
	if err != nil {
		return item{}, err
	}
	source, err := members("source", o["source"], "file")
	if err != nil {
		return item{}, err
	}
	destination, err := members("destination", o["destination"], "volume", "location")
	if err != nil {
		return item{}, err
	}
	file, isFile := source["file"].(string)
	volume, isVolume := destination["volume"].(string)
	location, isLocation := destination["location"].(string)
	overwrite, isBool := o["overwrite"].(bool)
	if _, given := o["overwrite"]; !isFile || !isVolume || !isLocation || given && !isBool {
		return item{}, errors.New("a field of an item has the wrong type")
	}
	if err := goodLocation(location); err != nil {
		return item{}, err
	}
	properties, err := readProperties(o)
	return item{file, volume, location, overwrite, properties}, err
}

// goodLocation refuses what is no sound object key.
func goodLocation(l string) error {
	switch {
	case l == "" || len(l) > 1024:
		return fmt.Errorf("a location of %d bytes", len(l))
	case strings.HasPrefix(l, "/") || strings.HasSuffix(l, "/") || strings.Contains(l, "//"):
		return fmt.Errorf("location %q has an empty segment", l)
	case strings.ContainsFunc(l, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return fmt.Errorf("location %q has a control character", l)
	}
	for segment := range strings.SplitSeq(l, "/") {
		if segment == "." || segment == ".." {
			return fmt.Errorf("location %q has a segment %q", l, segment)
		}
	}
	return nil
}

// readProperties knows the S3 properties (vendor page "Start an export job");
// what is not given is answered as null.
func readProperties(o map[string]any) (map[string]any, error) {
	known := []string{"sse_algorithm", "sse_aws_kms_key_id", "aws_canned_acl", "aws_storage_class"}
	all := map[string]any{"sse_algorithm": "AES256", "sse_aws_kms_key_id": nil, "aws_canned_acl": nil}
	sent, given := o["properties"]
	if !given {
		return all, nil
	}
	properties, err := members("properties", sent, known...)
	if err != nil {
		return nil, err
	}
	for key, value := range properties {
		if _, text := value.(string); !text && value != nil {
			return nil, fmt.Errorf("property %q is neither text nor null", key)
		}
		all[key] = value
	}
	if !slices.Contains([]any{"AES256", "aws:kms", nil}, all["sse_algorithm"]) {
		return nil, fmt.Errorf("sse_algorithm %q", all["sse_algorithm"])
	}
	if all["sse_aws_kms_key_id"] != nil && all["sse_algorithm"] != "aws:kms" {
		return nil, errors.New("a KMS key without aws:kms")
	}
	return all, nil
}
