package strictjson

import (
	"bytes"
	"encoding/json"
)

// AppendLine appends a value as JSON on one line, without a newline and without
// the escapes that only HTML needs: paths are to be readable.
func AppendLine(to []byte, v any) ([]byte, error) {
	b := bytes.NewBuffer(to)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}
