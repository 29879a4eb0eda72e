package snapshot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Disguise replaces what tells of people and data by pseudonyms; under a nil
// one everything stays as it is. Its methods may be used by several goroutines at
// once.
//
// Text (names, metadata values, tags, tasks, locations, buckets) is taken apart
// into words of letters and digits, and each word gets its pseudonym; what stands
// between words stays. So the same word has the same pseudonym everywhere, in
// folders, names, metadata and locations, and a location made of a file's name
// and metadata is still that. Extensions of known formats stay, and so does what
// the plan says: see Kept. IDs get pseudonyms of their own form, sizes, times,
// metadata keys and the volumes' settings stay as they are.
//
// Pseudonyms are made with a secret key: under the same key they are the same in
// every snapshot, and without it nobody can try whether a name comes out.
type Disguise struct {
	key  []byte
	kept kept

	mu    sync.Mutex
	words map[string]string // pseudonyms made so far
}

// NewDisguise makes a disguise with a secret key.
func NewDisguise(key []byte, k Kept) *Disguise {
	return &Disguise{key: slices.Clone(key), kept: k.compile(), words: map[string]string{}}
}

// words are runs of letters, digits and the marks that go with them.
var words = regexp.MustCompile(`[\pL\pN\pM]+`)

// text is a text with pseudonyms for its words.
func (d *Disguise) text(s string) string {
	if d == nil {
		return s
	}
	return words.ReplaceAllStringFunc(s, d.word)
}

// word is a word's pseudonym, or the word where it is to be kept. Kept beginnings
// and ends of words stay.
func (d *Disguise) word(w string) string {
	if isID(w) {
		return d.id(w)
	}
	if d.kept.word(w) {
		return w
	}
	before, rest := d.kept.before(w)
	middle, after := d.kept.after(rest)
	if middle == "" {
		return w
	}
	return before + d.pseudonym(middle) + after
}

// pseudonym is ten characters, so that even among a million words two hardly
// ever get the same.
func (d *Disguise) pseudonym(w string) string {
	const length = 10
	d.mu.Lock()
	defer d.mu.Unlock()
	made, ok := d.words[w]
	if !ok {
		sum := d.sum("word", w)
		made = strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:length]
		d.words[w] = made
	}
	return made
}

func (d *Disguise) sum(kind, text string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(kind + "\x00" + text))
	mac.Sum(sum[:0])
	return sum
}

// idForm is the form of file IDs.
var idForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

func isID(s string) bool { return len(s) == 24 && idForm.MatchString(s) }

// id is the pseudonym of a file's ID.
func (d *Disguise) id(id string) string {
	if d == nil || d.kept.ids[id] {
		return id
	}
	sum := d.sum("id", id)
	return hex.EncodeToString(sum[:])[:24]
}

// value is the pseudonym of a metadata value, a tag or a task, or the value where
// the plan asks for it as a whole.
func (d *Disguise) value(s string) string {
	if d == nil || d.kept.values[s] {
		return s
	}
	return d.text(s)
}

// notOwned is what may not stand in a project's or volume's ID.
var notOwned = regexp.MustCompile(`[^A-Za-z0-9_./-]`)

// owned is the pseudonym of a project's or volume's ID.
func (d *Disguise) owned(id string) string {
	if d == nil || d.kept.values[id] {
		return id
	}
	return notOwned.ReplaceAllString(d.text(id), "_")
}

// cloudEndpoint is the form of the endpoints that everybody uses.
var cloudEndpoint = regexp.MustCompile(`^(https://)?[a-z0-9.-]*(amazonaws\.com|googleapis\.com|aliyuncs\.com)/?$`)

// endpoint is the pseudonym of a cloud storage's address.
func (d *Disguise) endpoint(e string) string {
	if d == nil || cloudEndpoint.MatchString(e) {
		return e
	}
	return d.text(e)
}

// name is the pseudonym of a file's or folder's name. Where it would be too long
// it is that of the whole name, with the extension.
func (d *Disguise) name(s string) string {
	made := d.text(s)
	if d == nil || len(made) <= maxName || len(s) > maxName {
		return made
	}
	ext := ""
	for rest := s; ; {
		i := strings.LastIndexByte(rest, '.')
		if i < 0 || !d.kept.word(rest[i+1:]) {
			break
		}
		ext, rest = rest[i:]+ext, rest[:i]
	}
	return d.pseudonym(s) + ext
}

// path is the pseudonym of a path.
func (d *Disguise) path(s string) string {
	if d == nil {
		return s
	}
	names := strings.Split(s, "/")
	for i, name := range names {
		names[i] = d.name(name)
	}
	return strings.Join(names, "/")
}
