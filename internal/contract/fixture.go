package contract

import "fmt"

// What the fixture holds.
const (
	Project  = "contract-lab/rna-seq"     // on aws:us-east-1
	Good     = "contract-lab/archive"     // S3, prefix "cohort/"
	Bare     = "contract-lab/bare_prefix" // S3, prefix "run-7", without a slash
	Flat     = "contract-lab/flat"        // S3, no prefix
	ReadOnly = "contract-lab/reference"   // S3, not writable
	Inactive = "contract-lab/retired"     // S3, not active
	Google   = "contract-lab/google"      // GCS: another cloud than the project's

	FixtureFolders = 25
	FixtureFiles   = 2500

	goodPrefix = "cohort/"
)

// oddNames are file names that break a client which is careless with URLs,
// bytes or characters.
var oddNames = []string{
	"with space.txt", "hash#1.bam", "what?.vcf", "100%.csv", "per%20cent.txt", "café.tsv", "データ.fastq.gz",
	"a&b=c.txt", "plus+plus.txt", "semi;colon.txt", `back\slash.txt`, `quo"te.txt`, "{brace}.txt", "~tilde.txt", "..dots",
}

// Fixture is the usual contents: one project with 25 folders nested three deep,
// one of them empty, and 2500 files, plus the volumes above.
//
// Files have metadata (sample_id, sample_type), tags and tasks, in part; every
// folder but the empty one has a summary.txt. Among them are five public copies
// and five archived files, five aliases at their own path on Good, five at
// another location there and five on Flat; and five plain files for whose own
// path Good already has an object.
func Fixture() *Contents {
	c := NewContents()
	c.Project(Project, "aws:us-east-1")
	c.Volume(Volume{ID: Good, Prefix: goodPrefix})
	c.Volume(Volume{ID: Bare, Prefix: "run-7"})
	c.Volume(Volume{ID: Flat})
	c.Volume(Volume{ID: ReadOnly, ReadOnly: true})
	c.Volume(Volume{ID: Inactive, Inactive: true})
	c.Volume(Volume{ID: Google, Service: "gcs"})
	folders := fixtureFolders(c)
	fixtureSpecials(c, folders[0])
	fill(c, "", 20)
	for i, folder := range folders {
		fill(c, folder, fixtureCount(i))
	}
	return c
}

// fixtureFolders makes 5 folders, 2 in each of them, and 1 in each of those.
func fixtureFolders(c *Contents) []string {
	var all []string
	for i := 1; i <= 5; i++ {
		top := fmt.Sprintf("batch-%d", i)
		all = append(all, top)
		for _, kind := range []string{"raw", "results"} {
			all = append(all, top+"/"+kind, top+"/"+kind+"/v1.0_final")
		}
	}
	for _, folder := range all {
		c.Folder(Project, folder)
	}
	return all
}

// fixtureCount is how many files are in the i-th folder: none, whole pages, one
// over a page, several pages, or some 86. With the root's 20 they are 2500.
func fixtureCount(i int) int {
	switch i {
	case 0:
		return 350
	case 21:
		return 101
	case 22:
		return 200
	case 23:
		return 100
	case 24:
		return 0
	case 1:
		return 86 + 9
	}
	return 86
}

// fixtureSpecials puts the files that are not simply exported into a folder.
func fixtureSpecials(c *Contents, folder string) {
	for i := range 5 {
		at := func(kind string) string { return fmt.Sprintf("%s/%s-%d.bam", folder, kind, i) }
		c.File(Project, at("public"), File{Size: 1000, Public: true, Metadata: map[string]any{"sbg_public_files_category": "test"}})
		c.File(Project, at("archived"), File{Size: 1001, Archived: true})
		c.File(Project, at("here"), File{Size: 1002, Alias: Place{Good, at("here")}})
		c.File(Project, at("moved"), File{Size: 1003, Alias: Place{Good, "old/" + at("moved")}})
		c.File(Project, at("other"), File{Size: 1004, Alias: Place{Flat, at("other")}})
		c.File(Project, at("taken"), File{Size: 1005})
		c.Object(Good, goodPrefix+at("here"), 1002)
		c.Object(Good, goodPrefix+"old/"+at("moved"), 1003)
		c.Object(Flat, at("other"), 1004)
		c.Object(Good, goodPrefix+at("taken"), 77)
	}
}

// fill tops a folder up to n files.
func fill(c *Contents, folder string, n int) {
	names := append([]string{"summary.txt"}, oddNames...)
	parent := c.folder(Project, folder)
	for i := 0; parent.files() < n; i++ {
		name := fmt.Sprintf("reads_%04d.fastq.gz", i)
		if i < len(names) {
			name = names[i]
		}
		c.File(Project, parent.child(name), ordinary(i))
	}
}

// ordinary is the i-th ordinary file of a folder.
func ordinary(i int) File {
	f := File{Size: int64(i) * 1_000_003}
	if i%4 != 0 {
		f.Metadata = map[string]any{"sample_id": fmt.Sprintf("S%03d", i), "sample_type": []string{"Tumor", "Normal"}[i%2]}
	}
	switch i % 7 {
	case 1:
		f.Tags = []string{"final"}
	case 2:
		f.Tags = []string{"draft", "naïve"}
	case 3:
		f.Task = "0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11"
	case 5:
		f.Metadata = map[string]any{"sample_id": []string{"S1", "S2"}, "sample_type": nil}
	}
	return f
}
