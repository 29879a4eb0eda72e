package change

import "maps"

// sharer lets the actions of a document share what most of them have in common;
// a million of them would otherwise hold a million copies of it.
type sharer struct {
	strings    map[string]string
	properties map[string]*string // the last ones
}

func (s *sharer) one(text *string) {
	if had, ok := s.strings[*text]; ok {
		*text = had
		return
	}
	s.strings[*text] = *text
}

func (s *sharer) action(a *Action) {
	s.one(&a.Rule)
	s.one(&a.Project)
	s.one(&a.Volume)
	same := maps.EqualFunc(s.properties, a.Properties, func(x, y *string) bool {
		return x == y || x != nil && y != nil && *x == *y
	})
	if same && (s.properties == nil) == (a.Properties == nil) {
		a.Properties = s.properties
	}
	s.properties = a.Properties
}

func (s *sharer) blocked(b *Blocked) {
	s.one(&b.Rule)
	s.one(&b.Project)
	s.one(&b.Volume)
}
