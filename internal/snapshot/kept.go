package snapshot

import (
	"regexp"
	"strings"
	"unicode"
)

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

// kept is Kept in a form to ask.
type kept struct {
	ids, values, words map[string]bool
	begins, ends       map[string]bool // of words
	longest            int             // of begins and ends, in bytes
	dates              bool
}

func (k Kept) compile() kept {
	c := kept{
		ids: set(k.Files), values: set(k.Values), dates: k.Dates,
		words: map[string]bool{}, begins: map[string]bool{}, ends: map[string]bool{},
	}
	for _, p := range k.Patterns {
		c.literals(p, `*?[]{},\`)
	}
	for _, t := range k.Templates {
		c.template(t)
	}
	for _, v := range k.Values {
		// In a location the value is words like any other.
		c.literals(v, "")
	}
	return c
}

func set(all []string) map[string]bool {
	s := make(map[string]bool, len(all))
	for _, one := range all {
		s[one] = true
	}
	return s
}

// classes are the character classes of patterns; what is in them is no word.
var classes = regexp.MustCompile(`\[[^\]]*\]`)

// literals keeps the words of a text. A word beside one of the special
// characters is kept as a whole, and as the beginning or the end of others.
func (k *kept) literals(text, special string) {
	if special != "" {
		text = classes.ReplaceAllString(text, "*")
	}
	for _, at := range words.FindAllStringIndex(text, -1) {
		start, end := at[0], at[1]
		word := text[start:end]
		k.words[word] = true
		if end < len(text) && strings.IndexByte(special, text[end]) >= 0 {
			k.begins[word] = true
			k.longest = max(k.longest, len(word))
		}
		if start > 0 && strings.IndexByte(special, text[start-1]) >= 0 {
			k.ends[word] = true
			k.longest = max(k.longest, len(word))
		}
	}
}

// placeholders are those of templates, with what they fall back to.
var placeholders = regexp.MustCompile(`\{[^{}|]*(\|[^{}]*)?\}`)

// template keeps the words between a template's placeholders, and of fallbacks.
func (k *kept) template(t string) {
	t = strings.NewReplacer("{{", " ", "}}", " ").Replace(t)
	for _, m := range placeholders.FindAllStringSubmatch(t, -1) {
		k.literals(m[1], "")
	}
	k.literals(placeholders.ReplaceAllString(t, "*"), "*")
}

// word reports whether a word stays as it is.
func (k *kept) word(w string) bool {
	return k.words[w] || formats[strings.ToLower(w)] || k.dates && isDate(w)
}

// isDate reports whether a word may be a year, a month or a day.
func isDate(w string) bool {
	if strings.ContainsFunc(w, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsDigit(r) }) {
		return false
	}
	return len(w) == 2 || len(w) == 4 && (strings.HasPrefix(w, "19") || strings.HasPrefix(w, "20"))
}

// before cuts the longest kept beginning off a word.
func (k *kept) before(w string) (begin, rest string) {
	for n := min(k.longest, len(w)); n > 0; n-- {
		if k.begins[w[:n]] {
			return w[:n], w[n:]
		}
	}
	return "", w
}

// after cuts the longest kept end off a word.
func (k *kept) after(w string) (rest, end string) {
	for n := min(k.longest, len(w)); n > 0; n-- {
		if k.ends[w[len(w)-n:]] {
			return w[:len(w)-n], w[len(w)-n:]
		}
	}
	return w, ""
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
