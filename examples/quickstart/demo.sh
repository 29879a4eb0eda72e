#!/bin/sh
# Shows a whole export on the local platform: the plan, the apply, the lockfile,
# the bytes that arrived, and a second plan with nothing to do. It works in a
# temporary copy of this directory and leaves nothing behind.
# SBEXPORT is the program to run; sbexport on the PATH if it is not set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
SBEXPORT=${SBEXPORT:-sbexport}
case $SBEXPORT in
/*) ;;
*/*) SBEXPORT=$(pwd)/$SBEXPORT ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp -R "$here/." "$work"
cd "$work"
rm -rf .sbexport exported sbexport.lock.json
unset GITHUB_STEP_SUMMARY # a demonstration is nothing to report

# step TEXT says what comes next.
step() { printf '\n== %s\n\n' "$1"; }

# show COMMAND... shows a command as one would type it, and runs it.
show() {
	echo "\$ sbexport $*"
	"$SBEXPORT" "$@"
}

# sum FILE is the SHA-256 of a file.
sum() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum <"$1"
	else
		shasum -a 256 <"$1"
	fi | cut -d ' ' -f 1
}

# arrived SOURCE OBJECT fails unless the object has the source's bytes.
arrived() {
	[ -f "$2" ] || { echo "$2 did not arrive"; exit 1; }
	want=$(sum "$1")
	got=$(sum "$2")
	[ "$want" = "$got" ] || { echo "$2 has $got, want $want"; exit 1; }
	echo "$got  $2"
}

step 'The plan'
echo '$ cat sbexport.yaml'
cat sbexport.yaml

step 'Is it valid? This needs no network.'
show validate

step 'What would it do? Nothing is changed yet.'
show plan --simulator seed.yaml

step 'Do it'
show apply --simulator seed.yaml --auto-approve

step 'The lockfile has a line for every export'
echo '$ cut -c 1-120 sbexport.lock.json'
cut -c 1-120 sbexport.lock.json

step 'The bytes on the volume are those of the sources (SHA-256)'
for sample in S1 S2 S3; do
	arrived "data/results/$sample.vcf" "exported/cohort/vcf/$sample/$sample.vcf"
done
arrived data/reports/summary.html exported/cohort/reports/summary.html

step 'A second plan has nothing to do'
show plan --simulator seed.yaml --detailed-exitcode
