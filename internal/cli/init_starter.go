package cli

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// schemaFile is the plan's schema for editors. It lies beside the plan and is
// committed with it, so that it is there for everybody who edits the plan.
const schemaFile = "sbexport.schema.json"

// blanks are what a starter plan is filled in with. What is empty is left for the
// user.
type blanks struct {
	platform, project, volume string
}

// What stands in a starter plan for an ID that is not known.
const (
	unnamedProject = "OWNER/PROJECT"
	unnamedVolume  = "OWNER/VOLUME"
)

// text is the plan.
func (s blanks) text() string {
	platform := "# platform: us                  # us eu cn cgc cavatica bdc, or a URL: refuse other credentials than for it\n"
	if s.platform != "" {
		platform = fmt.Sprintf("platform: %s\n", scalar(s.platform))
	}
	return fmt.Sprintf(starterPlan, schemaFile, platform, orUnnamed(s.project, unnamedProject), orUnnamed(s.volume, unnamedVolume))
}

// orUnnamed is an ID as a plan writes it, or a stand-in for it.
func orUnnamed(id, unnamed string) string {
	if id == "" {
		return unnamed + "   # fill in"
	}
	return scalar(id)
}

// plainScalar is text that YAML reads as it stands.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*(://[A-Za-z0-9_.:/-]*[A-Za-z0-9/])?$`)

// scalar is text as a plan writes it.
func scalar(s string) string {
	s = strings.ReplaceAll(s, "$", "$$")
	if plainScalar.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

const starterPlan = `# yaml-language-server: $schema=%s
#
# Which files of a project go where on a volume.
#
#   sbexport validate   checks this file
#   sbexport plan       shows what would be done, and changes nothing
#   sbexport apply      does it, and records the results in a lockfile to commit
#
version: 1
%sproject: %s
volume: %s

# true: files are copied and stay in the project.
# false: files are moved: they become aliases of the objects on the volume, and
# the platform's copy is deleted for ever.
copy_only: true

# apply refuses to do more than this at once.
limits:
  files: 1000
  bytes: 1 TB

exports:
  # A file goes where the first rule that matches it says. Patterns match the
  # path in the project: * stays inside a folder, ** crosses folders.
  - name: results
    match: "results/**"
    exclude: "**/tmp/**"
    to: "{path}"

  # More conditions, and locations made of what is known of a file:
  #
  # - name: variant-calls
  #   match: ["**/*.vcf.gz", "**/*.vcf.gz.tbi"]
  #   where:
  #     metadata: {sample_type: [Tumor, Normal]}
  #     tags: [final]
  #     older_than: 30d
  #   to: vcf/{metadata.sample_id|unknown}/{name}
  #
  # One file, by its ID:
  #
  # - file: 567890abc8a5639cc6722063
  #   to: reports/summary.html
`
