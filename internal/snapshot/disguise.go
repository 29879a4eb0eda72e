package snapshot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// Disguise replaces what tells of people and data by pseudonyms; under a nil
// one everything stays as it is.
//
// Text (names, metadata values, tags, tasks, locations, buckets) is taken apart
// into words of letters and digits, and each word gets its pseudonym; what stands
// between words stays. So the same word has the same pseudonym everywhere, in
// folders, names, metadata and locations, and a location made of a file's name
// and metadata is still that. Extensions of known formats stay, and so does what
// the plan says: see Kept. IDs get pseudonyms of their own form, sizes, times,
// metadata keys and the volumes' settings stay as they are, save that endpoints
// are left out.
//
// Pseudonyms are made with a secret key: under the same key they are the same in
// every snapshot, and without it nobody can try whether a name comes out.
type Disguise struct {
	key                []byte
	ids, values, words map[string]bool // that stay
	dates              bool
	affixes            *regexp.Regexp // takes a word apart into what stays before it, the middle, and what stays after it
}

// Kept is what a disguise leaves as it is, so that a plan selects the same files
// and finds them in the same places as without.
type Kept struct {
	Files     []string // IDs
	Values    []string // metadata values, tags, tasks, projects and volumes, as wholes
	Patterns  []string // of paths: their literal words stay, and the literal beginnings and ends of words
	Templates []string // of locations: the same, between their {placeholders}
	// Dates tells that locations are made of the days files were created on, so
	// that years and numbers of two digits stay.
	Dates bool
}

var (
	// words are runs of letters, digits and the marks that go with them.
	words = regexp.MustCompile(`[\pL\pN\pM]+`)
	// idForm is the form of file IDs.
	idForm = regexp.MustCompile(`^[0-9a-f]{24}$`)
	// dateForm is the form of years, months and days.
	dateForm = regexp.MustCompile(`^(19|20)?[0-9]{2}$`)
	// classes are the character classes of patterns; what is in them is no word.
	classes = regexp.MustCompile(`\[[^\]]*\]`)
	// placeholders are those of templates, with what they fall back to.
	placeholders = regexp.MustCompile(`\{[^{}|]*(\|[^{}]*)?\}`)
	// notOwned is what may not stand in a project's or volume's ID.
	notOwned = regexp.MustCompile(`[^A-Za-z0-9_./-]`)
)

// NewDisguise makes a disguise with a secret key.
func NewDisguise(key []byte, k Kept) *Disguise {
	d := &Disguise{key: slices.Clone(key), ids: set(k.Files), values: set(k.Values), words: map[string]bool{}, dates: k.Dates}
	var begins, ends []string
	// A word beside a wildcard stays as the beginning or the end of others too.
	keep := func(text, wildcards string) {
		for _, at := range words.FindAllStringIndex(text, -1) {
			word := text[at[0]:at[1]]
			d.words[word] = true
			if at[1] < len(text) && strings.IndexByte(wildcards, text[at[1]]) >= 0 {
				begins = append(begins, word)
			}
			if at[0] > 0 && strings.IndexByte(wildcards, text[at[0]-1]) >= 0 {
				ends = append(ends, word)
			}
		}
	}
	for _, pattern := range k.Patterns {
		keep(classes.ReplaceAllString(pattern, "*"), `*?{},\`)
	}
	for _, template := range k.Templates {
		template = strings.NewReplacer("{{", " ", "}}", " ").Replace(template)
		for _, found := range placeholders.FindAllStringSubmatch(template, -1) {
			keep(found[1], "")
		}
		keep(placeholders.ReplaceAllString(template, "*"), "*")
	}
	for _, value := range k.Values { // in a location they are words like any other
		keep(value, "")
	}
	d.affixes = regexp.MustCompile(`^(` + anyOf(begins) + `)(.*?)(` + anyOf(ends) + `)$`)
	return d
}

// anyOf is a pattern for any of some words, the longest that there is, or none.
func anyOf(all []string) string {
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return strings.Join(append(all, ""), "|") // words have nothing that must be quoted
}

func set(all []string) map[string]bool {
	s := make(map[string]bool, len(all))
	for _, one := range all {
		s[one] = true
	}
	return s
}

// text is a text with pseudonyms for its words.
func (d *Disguise) text(s string) string {
	if d == nil {
		return s
	}
	return words.ReplaceAllStringFunc(s, d.word)
}

// word is a word's pseudonym, or the word where it is to be kept.
func (d *Disguise) word(w string) string {
	if isID(w) {
		return d.id(w)
	}
	if d.keeps(w) {
		return w
	}
	parts := d.affixes.FindStringSubmatch(w)
	if parts[2] == "" {
		return w
	}
	return parts[1] + d.pseudonym(parts[2]) + parts[3]
}

func (d *Disguise) keeps(w string) bool {
	return d.words[w] || formats[strings.ToLower(w)] || d.dates && dateForm.MatchString(w)
}

// pseudonym is ten characters, so that even among a million words two hardly
// ever get the same.
func (d *Disguise) pseudonym(w string) string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(d.sum("word", w)))[:10]
}

func (d *Disguise) sum(kind, text string) []byte {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(kind + "\x00" + text))
	return mac.Sum(nil)
}

func isID(s string) bool { return len(s) == 24 && idForm.MatchString(s) }

// id is the pseudonym of a file's ID.
func (d *Disguise) id(id string) string {
	if d == nil || d.ids[id] {
		return id
	}
	return hex.EncodeToString(d.sum("id", id))[:24]
}

// task is the pseudonym of a task's ID, of the same form.
func (d *Disguise) task(id string) string {
	if d == nil || d.values[id] || !taskID.MatchString(id) {
		return d.value(id)
	}
	s := hex.EncodeToString(d.sum("task", id))
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:32]
}

// value is the pseudonym of a metadata value, a tag or a task, or the value where
// the plan asks for it as a whole.
func (d *Disguise) value(s string) string {
	if d == nil || d.values[s] {
		return s
	}
	return d.text(s)
}

// owned is the pseudonym of a project's or volume's ID.
func (d *Disguise) owned(id string) string {
	if d == nil || d.values[id] {
		return id
	}
	return notOwned.ReplaceAllString(d.text(id), "_")
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
		if i < 0 || !d.keeps(rest[i+1:]) {
			return d.pseudonym(s) + ext
		}
		ext, rest = rest[i:]+ext, rest[:i]
	}
}

// path is the pseudonym of a path.
func (d *Disguise) path(s string) string {
	names := strings.Split(s, "/")
	for i, name := range names {
		names[i] = d.name(name)
	}
	return strings.Join(names, "/")
}

// formats are the file formats whose extensions stay. What is not here gets a
// pseudonym: behind a dot there may as well be a name.
var formats = set(strings.Fields(`
	bai bam bcf bed bedgraph bgz bigbed bigwig bw cel cnn cnr cns crai cram csi dbsnp dcm dict fa fai fast5 fasta
	fastq fna fq gct gds gff gff3 gtf gvcf h5 h5ad hdf5 hic idat idx interval list loom maf mtx mzml narrowpeak
	nii paf ped pgen plink pod5 psam pvar rds sai sam seg sra svs tbi tdf tiledb vcf wig zarr
	avi bmp csv css doc docx gif htm html ico jpeg jpg js json jsonl log markdown md mp4 ods odt parquet pdf png
	ppt pptx ps rmd rst rtf svg tex tif tiff tsv txt webp xls xlsx xml yaml yml
	7z bz2 gz rar tar tgz xz zip zst
	bash c conf cpp cwl go h ini ipynb java nf pl py r rdata sh sql toml wdl
	crc md5 md5sum sha1 sha256 sha512`))
