package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// refusals are wrong invocations, each after the code that it ends with, and
// before what its messages match (~) and do not match (!~).
const refusals = `
4 nonsense
4 Plan
4 plan --nonsense
4 plan -x
4 plan extra
4 validate extra
4 validate --simulator
4 validate --only a
4 version extra
4 apply a b
4 apply --out x
4 plan --auto-approve
4 plan --yes
4 plan --only
4 plan -f

4 apply --parallel 0
4 apply --parallel 65
4 apply --parallel many
4 apply --parallel -1
4 apply --rate-reserve -1
4 apply --rate-reserve x
4 apply --retries -1
4 apply --retries 1.5
4 apply --poll-min 0s
4 apply --poll-min 10
4 apply --poll-min 5m --poll-max 1m
4 apply --poll-max never
4 apply --lock-timeout -1s
4 apply --max-duration -1h
4 apply --max-duration tomorrow
4 apply --settle 0s
4 plan --json=maybe
4 schema
4 schema nonsense
4 simulate
4 simulate a b

4 plan
4 apply
4 validate
4 plan -f absent.yaml
4 apply absent.plan
1 plan -f plan.yaml
1 apply -y -f plan.yaml
1 plan -f plan.yaml --profile absent
4 plan -f plan.yaml --simulator absent.yaml
4 plan -f plan.yaml --simulator seed.yaml --only absent
4 plan -f plan.yaml --simulator seed.yaml --skip absent

4 init extra
4 init -f new.yaml --project rna-seq
4 init -f new.yaml --platform mars
4 status --only a
4 status --summary x
4 status --detailed-exitcode=maybe
4 verify --skip a
4 verify --retry-failed
4 verify --only ~ ^error: --only needs a value$ ~ ^hint: sbexport verify --help
4 adopt --project rfranklin/rna-seq
4 adopt --write-plan
4 adopt -f absent.yaml
4 manifest extra
4 manifest --out ~ ^error: --out needs a value$
4 manifest --format xlsx ~ ^error: --format must be one of "csv","tsv","jsonl" but got "xlsx"$
4 snapshot
4 snapshot --out
4 snapshot --out s.yaml --project rna-seq
4 snapshot --out s.yaml --token x
4 report extra
4 report --events
4 report --out
4 completion
4 completion powershell
4 completion --shell bash !~ did you mean
4 lockfile
4 lockfile nonsense
4 lockfile merge a ~ ^hint: sbexport lockfile merge --help
1 lockfile check seed.yaml
4 simulate absent.yaml
4 simulate plan.yaml
4 simulate seed.yaml --listen nonsense
4 stat ~ did you mean "status"
4 apply --dry-run ~ ^hint: sbexport plan shows what an apply would do, and changes nothing$
4 plan --no-colour ~ did you mean "--no-color"
4 plan -o x !~ did you mean
4 --token x plan

4 schema ~ ^error: an argument of sbexport schema is missing: .*plan, lockfile or saved-plan$
4 lockfile ~ ^error: a command is missing: one of "check", "merge"$
4 apply --parallel 99999999999999999999 ~ ^error: --parallel needs a whole number, and "99999999999999999999" is none that can be used$
4 apply --settle 10 ~ ^error: --settle needs a time with its unit, such as 90s, 15m or 2h, and "10" is none$
4 validate -f - ~ the plan cannot be read from standard input ~ ^hint: save it as a file
4 apply plan.yaml ~ "plan.yaml" is a plan ~ ^hint: .* sbexport apply -f plan.yaml$
4 plan -f plan.yaml --simulator absent.yaml ~ ^error: the seed "absent.yaml" cannot be read
4 plan -f plan.yaml --simulator plan.yaml ~ plan.yaml:2: unknown key ~ simulate --help shows a seed
4 plan -f plan.yaml --simulator= ~ ^error: --simulator has an empty value$
4 apply -y --profile= ~ ^error: --profile has an empty value$
4 validate plan.yaml ~ ^hint: a plan is named with -f: sbexport validate -f plan.yaml$
4 report --saved plan.yaml ~ "plan.yaml" is a plan, and no saved one
4 validate -f plan.yaml/x ~ there is no plan "plan.yaml/x"
4 completion tcsh ~ ^error: shell must be one of
4 plan --verbose=many ~ ^error: --verbose is given once or more
4 apply -f plan.yaml seed.yaml ~ "seed.yaml" is a plan, and no saved one
4 simulate seed.yaml --listen :99999 ~ --listen needs an address with a port
4 simulate seed.yaml --listen 8080 ~ and "8080" is none$
4 plan -f plan.yaml --simulator . ~ not a regular file
4 plan -f plan.yaml --simulator seed.yaml --out seed.yaml ~ which would be lost$
4 plan -f plan.yaml --simulator seed.yaml --only res* ~ ^hint: its rules are "results"$
4 plan -f plan.yaml --simulator seed.yaml --only results --skip results ~ leave no rule$
1 lockfile check absent.json ~ ^hint: correct the name$
1 adopt --write-plan absent/x.yaml --project rfranklin/rna-seq --simulator seed.yaml ~ ^hint: make the folder "absent" first
1 adopt --project me/none --write-plan x.yaml --simulator seed.yaml ~ ^error: reading project "me/none": Requested project "me/none" does not exist !~ line 1
`

// refusalsOfPlaces are those, where a plan has been applied, that name
// directories for files and places that there are not.
const refusalsOfPlaces = `
4 apply . --simulator seed.yaml ~ "\." is a directory$
4 plan -f .
1 plan --simulator seed.yaml --out .
1 plan --simulator seed.yaml --out absent/x.plan ~ ^error: saving the plan: .*no such file ~ ^hint: make the folder "absent" first
1 plan --simulator seed.yaml --summary absent/x.md
1 manifest --simulator seed.yaml --out .
1 manifest --simulator seed.yaml --out absent/m.csv
1 report --out .
1 report --out absent/report.html
4 report --events .
1 snapshot --simulator seed.yaml --out absent/s.yaml
1 snapshot --simulator seed.yaml --out . --force
`

const refusedPlan = `
version: 1
project: rfranklin/rna-seq
volume: rfranklin/archive
exports: [{name: results, match: results/*, to: "{name}"}]
`

const refusedSeed = `
user: rfranklin
projects: [{id: rfranklin/rna-seq, files: [{path: results/a.vcf, size: 3 MB}]}]
volumes: [{id: rfranklin/archive, prefix: cohort}]
behavior: {jobs: {pending: 0s, duration: 20ms}}
`

// A wrong invocation is told what is wrong, and what to do.
func TestWrongInvocations(t *testing.T) {
	dir := refusing(t, "plan.yaml")
	for line := range strings.Lines(refusals) {
		refuses(t, dir, "", line)
	}
}

func TestWrongPlaces(t *testing.T) {
	dir := refusing(t, "sbexport.yaml")
	programAt(t, dir, "", "", nil, "apply", "-y", "-q", "--simulator", "seed.yaml").want(t, ExitOK)
	for line := range strings.Lines(refusalsOfPlaces) {
		refuses(t, dir, "", line)
	}
	// A rehearsal passes for nothing else.
	refuses(t, dir, "http://127.0.0.1:1/v2", "5 plan ~ sbexport.lock.json records a rehearsal on the simulator, not real exports")
}

// refusing makes a directory with a plan and a seed.
func refusing(t *testing.T, planName string) (dir string) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	dir = t.TempDir()
	for name, text := range map[string]string{planName: refusedPlan, "seed.yaml": refusedSeed} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// refuses runs the invocation of a line.
func refuses(t *testing.T, dir, endpoint, line string) {
	t.Helper()
	line, unwanted, _ := strings.Cut(strings.TrimSpace(line), " !~ ")
	invocation, wanted, _ := strings.Cut(line, " ~ ")
	args := strings.Fields(invocation)
	if len(args) == 0 {
		return
	}
	token := ""
	if endpoint != "" {
		token = strings.Repeat("01234567", 4)
	}
	got := programAt(t, dir, endpoint, token, nil, args[1:]...)
	if strconv.Itoa(got.code) != args[0] || got.out != "" {
		t.Errorf("%s: exit %d, standard output %q", invocation, got.code, got.out)
	}
	for _, pattern := range append(strings.Split(wanted, " ~ "), "error: ", `^\s*(hint|warning): \S`) {
		if !regexp.MustCompile("(?m)" + pattern).MatchString(got.err) {
			t.Errorf("%s: nothing matches %q in\n%s", invocation, pattern, got.err)
		}
	}
	if unwanted != "" && regexp.MustCompile(unwanted).MatchString(got.err) {
		t.Errorf("%s: %q is in\n%s", invocation, unwanted, got.err)
	}
}

// What answers in place of the platform, or refuses the token, is named with its
// address, and with what to do, once.
func TestWrongHosts(t *testing.T) {
	dir := refusing(t, "sbexport.yaml")
	for _, host := range []struct {
		name, kind, body string
		status           int
		want             []string
	}{
		{"a gateway", "text/html", "<html>no", 403, []string{"^error: .*what answers at http://.*/v2 is not the platform: a gateway or a web page", "^hint: correct the address"}},
		{"a redirect", "text/html", "", 302, []string{"is not the platform: .*redirect", "^hint: correct the address"}},
		{
			"a bad token", "application/json", `{"status":401,"code":90001,"message":"Unauthorized."}`, 401,
			[]string{`^error: http://.*/v2 does not take the token that was found \(environment\)`, "^hint: make a new token .*; sbexport doctor"},
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", host.kind)
			w.WriteHeader(host.status)
			_, _ = io.WriteString(w, host.body)
		}))
		refuses(t, dir, server.URL+"/v2", "1 plan ~ "+strings.Join(host.want, " ~ "))
		server.Close()
	}
}
