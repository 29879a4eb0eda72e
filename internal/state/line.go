package state

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strconv"
)

// A line of the journal is
//
//	CHECKSUM BATCH END PAYLOAD newline
//
// CHECKSUM is the CRC-32C of all that follows the blank behind it, in eight
// hexadecimal digits; BATCH counts the commits, and lines of one commit have
// the same; END is "." on the last line of a commit and "," on those before;
// PAYLOAD is a record as JSON. A commit is on disk before the next one begins.
// So damage can be told apart: what a power cut leaves of the commit it came
// into is harmless, for nothing had been done on the strength of it; anything
// else is not.
type line struct {
	batch   uint64
	last    bool // of its batch
	payload []byte
}

// journalVersion is the version of the journal's format. The header's own form
// is the same in all versions.
const journalVersion = 1

// headerPrefix begins the payload of the first line; the version follows.
const headerPrefix = `{"journal_version":`

func header() []byte {
	payload := fmt.Appendf(nil, "%s%d}", headerPrefix, journalVersion)
	return appendLine(nil, line{last: true, payload: payload})
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sumLength = 8 // hexadecimal digits

func appendLine(to []byte, l line) []byte {
	body := strconv.AppendUint(nil, l.batch, 10)
	if l.last {
		body = append(body, '.', ' ')
	} else {
		body = append(body, ',', ' ')
	}
	body = append(body, l.payload...)
	to = fmt.Appendf(to, "%0*x ", sumLength, crc32.Checksum(body, castagnoli))
	to = append(to, body...)
	return append(to, '\n')
}

// parseLine reads a line, newline included. It reports false for a line that is
// damaged or cut off.
func parseLine(text []byte) (line, bool) {
	body, whole := bytes.CutSuffix(text, []byte{'\n'})
	if !whole || len(body) <= sumLength || body[sumLength] != ' ' {
		return line{}, false
	}
	sum := body[:sumLength]
	body = body[sumLength+1:]
	if string(sum) != fmt.Sprintf("%0*x", sumLength, crc32.Checksum(body, castagnoli)) {
		return line{}, false
	}
	number, payload, ok := bytes.Cut(body, []byte{' '})
	if !ok || len(number) == 0 {
		return line{}, false
	}
	end := number[len(number)-1]
	batch, err := strconv.ParseUint(string(number[:len(number)-1]), 10, 64)
	return line{batch, end == '.', payload}, err == nil && (end == '.' || end == ',')
}
