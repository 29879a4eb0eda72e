package api

import "encoding/hex"

// idSet is a set of IDs. File IDs are 24 hexadecimal characters nearly always
// and come by the million, so that those are kept in 12 bytes.
type idSet struct {
	short map[[12]byte]struct{}
	other map[string]struct{}
}

// add puts an ID in and reports whether it is new.
func (s *idSet) add(id string) bool {
	if short, ok := pack(id); ok {
		return insert(&s.short, short)
	}
	return insert(&s.other, id)
}

// len is the number of IDs in the set.
func (s *idSet) len() int { return len(s.short) + len(s.other) }

func insert[K comparable](m *map[K]struct{}, k K) bool {
	if _, old := (*m)[k]; old {
		return false
	}
	if *m == nil {
		*m = make(map[K]struct{})
	}
	(*m)[k] = struct{}{}
	return true
}

// pack is an ID of 24 lower-case hexadecimal characters in half the space.
func pack(id string) (packed [12]byte, ok bool) {
	if len(id) != 24 {
		return packed, false
	}
	for i := range len(id) {
		if 'A' <= id[i] && id[i] <= 'F' {
			return packed, false // another ID than the one in lower case
		}
	}
	_, err := hex.Decode(packed[:], []byte(id))
	return packed, err == nil
}
