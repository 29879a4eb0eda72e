package simulator

import (
	"slices"
	"strings"
	"time"
)

// object is an object in a bucket.
type object struct {
	size     int64
	modified time.Time
	source   int32 // the node whose bytes it holds; -1 when they came otherwise
}

// entry is one result of listing a bucket one level deep: an object, or a
// common prefix, whose key ends in a slash.
type entry struct {
	key    string
	prefix bool
	object object
}

// payload is what an object holds: what the seed says, or bytes made from the ID
// of the file.
type payload struct {
	content
	id fileIdentity
}

// bucket is where volumes keep their objects. Several volumes may share one.
type bucket interface {
	// stat finds the object at a key.
	stat(key string) (object, bool, error)
	// put writes an object, replacing one that is there.
	put(key string, o object, bytes payload) error
	// remove deletes an object; it is no error when there is none.
	remove(key string) error
	// list gives up to limit entries that begin with prefix and come after the
	// key after, cut at the first slash behind the prefix, in order of keys,
	// and whether there are more.
	list(prefix, after string, limit int) (entries []entry, more bool, err error)
}

// memory is a bucket without bytes.
type memory struct{ root branch }

// branch is what lies between two slashes of the keys in a bucket.
type branch struct {
	objects  map[string]object
	branches map[string]*branch // by name with the slash
	order    []string           // sorted names of both, as of the last listing
	fresh    []string           // names added since
	stale    bool               // names were removed since
}

func (m *memory) stat(key string) (object, bool, error) {
	b := &m.root
	name := key
	for slash := strings.IndexByte(name, '/'); slash >= 0 && b != nil; slash = strings.IndexByte(name, '/') {
		b, name = b.branches[name[:slash+1]], name[slash+1:]
	}
	if b == nil {
		return object{}, false, nil
	}
	o, ok := b.objects[name]
	return o, ok, nil
}

func (m *memory) put(key string, o object, _ payload) error {
	b, name := &m.root, key
	for slash := strings.IndexByte(name, '/'); slash >= 0; slash = strings.IndexByte(name, '/') {
		next, ok := b.branches[name[:slash+1]]
		if !ok {
			next = &branch{}
			if b.branches == nil {
				b.branches = map[string]*branch{}
			}
			b.branches[name[:slash+1]] = next
			b.fresh = append(b.fresh, name[:slash+1])
		}
		b, name = next, name[slash+1:]
	}
	if b.objects == nil {
		b.objects = map[string]object{}
	}
	if _, ok := b.objects[name]; !ok {
		b.fresh = append(b.fresh, name)
	}
	b.objects[name] = o
	return nil
}

func (m *memory) remove(key string) error {
	m.root.remove(key)
	return nil
}

// remove deletes an object and the branches that it leaves empty.
func (b *branch) remove(key string) {
	slash := strings.IndexByte(key, '/')
	if slash < 0 {
		delete(b.objects, key)
		b.stale = true
		return
	}
	name := key[:slash+1]
	next, ok := b.branches[name]
	if !ok {
		return
	}
	next.remove(key[slash+1:])
	if len(next.objects) == 0 && len(next.branches) == 0 {
		delete(b.branches, name)
		b.stale = true
	}
}

// names are the sorted names of the branch. Names that came since the last
// listing are merged in, so that writing and listing by turns stays cheap.
func (b *branch) names() []string {
	if b.stale {
		b.order, b.fresh, b.stale = nil, nil, false
		for name := range b.objects {
			b.fresh = append(b.fresh, name)
		}
		for name := range b.branches {
			b.fresh = append(b.fresh, name)
		}
	}
	if len(b.fresh) > 0 {
		slices.Sort(b.fresh)
		b.order = merge(b.order, b.fresh)
		b.fresh = nil
	}
	return b.order
}

// merge joins two sorted lists.
func merge(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	all := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func (m *memory) list(prefix, after string, limit int) ([]entry, bool, error) {
	dir, stem := prefix[:strings.LastIndexByte(prefix, '/')+1], prefix[strings.LastIndexByte(prefix, '/')+1:]
	b := &m.root
	for rest := dir; rest != ""; {
		slash := strings.IndexByte(rest, '/')
		if b = b.branches[rest[:slash+1]]; b == nil {
			return nil, false, nil
		}
		rest = rest[slash+1:]
	}
	entries, more := page(b.names(), stem, strings.TrimPrefix(after, dir), limit)
	result := make([]entry, 0, len(entries))
	for _, name := range entries {
		o, isObject := b.objects[name]
		result = append(result, entry{key: dir + name, prefix: !isObject, object: o})
	}
	return result, more, nil
}

// page cuts the names that begin with stem and come after a name out of a
// sorted list.
func page(names []string, stem, after string, limit int) (cut []string, more bool) {
	from, _ := slices.BinarySearch(names, stem)
	if after != "" {
		next, found := slices.BinarySearch(names, after)
		if found {
			next++
		}
		from = max(from, next)
	}
	for _, name := range names[from:] {
		if !strings.HasPrefix(name, stem) {
			break
		}
		if len(cut) == limit {
			return cut, true
		}
		cut = append(cut, name)
	}
	return cut, false
}
