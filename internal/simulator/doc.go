// Package simulator is a local Seven Bridges platform: projects with files,
// volumes with objects, and export jobs, behind the platform's REST API. It is
// what tests, demonstrations and a user's rehearsal run against.
//
// It owns the seed format, the state of the simulated platform, and the wire
// format of its answers, all written from the platform's documentation. It
// shares no code with the client, so that an error in one is not repeated in
// the other: it imports nothing of this project, and of others only yaml.v3. It
// knows nothing of plans, lockfiles or the command line.
//
// Any Seven Bridges client works on it: what production clients send and the
// platform takes, it takes. What must never happen, and what this project's own
// client has no reason to send, it notes: Violations tells of a file that was
// submitted twice, of an unknown query parameter, and the like.
//
// It is the one local platform: whatever the vendor leaves open, or two of his
// pages disagree on, it does the convenient way, and the other way as a quirk.
//
// # Seeds
//
// A seed is one YAML document that says what the platform holds when it is first
// started, and how it behaves. Unknown keys are errors. Sizes are bytes, or
// numbers with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB. Durations are such as
// 250ms, 10s, 5m, 2h, 30d or 8w. Times are 2024-06-01, 2024-06-01T12:00:00Z, or
// a duration and "ago", counted from when the platform was first started.
// Wherever a list of texts is expected, a single text will do. Relative paths
// of this machine (from, directory) are relative to the folder of the seed.
//
//	user: rfranklin             # required: whose token it is
//	token: simulator            # the default
//	users: {mteitz: token-2}    # more users and their tokens; jobs belong to a user
//	platform: cavatica          # us eu cn cgc cavatica bdc; cavatica cannot export to gcs
//
//	projects:
//	  - id: rfranklin/rna-seq   # required: owner/name
//	    name: RNA-seq
//	    location: aws:us-east-1 # provider:region; the default. region: alone will do
//	    region: us-east-1
//	    permissions: {write: false}   # read write copy execute admin; all true by default
//	    tags: [finished]
//	    broken: true            # 500 for every answer that would tell all of it, a page of projects
//	                            # among them, and for the list of its files
//	    closed: true            # it is listed, and the list of its files is refused (403)
//	    created_on: 2024-01-10
//	    folders: [raw/empty]    # folders of files come by themselves
//	    files:
//	      - path: results/a.vcf.gz    # required (or name)
//	        id: 567890abc8a5639cc6722063   # made from project and path by default
//	        size: 12 MB               # default 1 kB, or that of the content
//	        content: "a text"         # what the file holds; or
//	        from: data/a.vcf.gz       # a real file with that content
//	        metadata: {sample_id: S1, lanes: [L1, L2], note: null}
//	        tags: [final]
//	        task: 0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11
//	        dataset: rfranklin/tcga   # that it came from
//	        secondary_files: [results/a.vcf.gz.tbi]   # paths of other entries of files
//	        public: true              # a copy of a public file: cannot be exported
//	        archived: true            # cannot be exported, names no hosting location
//	        forbidden: true           # cannot be read by the user
//	        alias:                    # already on a volume
//	          volume: rfranklin/archive
//	          location: old/a.vcf.gz
//	          broken: true            # the object is gone; otherwise it is put there
//	        created_on: 30d ago
//	        modified_on: 2024-06-01
//	      - folder: reports           # files as a tree: paths are below the folder
//	        id: 567890abc8a5639cc6722000
//	        files:
//	          - name: summary.html
//	    generate:                     # files by the thousand, up to a million a block
//	      - count: 100000
//	        path: bulk/batch-{folder:3}/sample-{n:6}.bam   # {n} counts from 1
//	        folders: 100              # {folder} runs from 1 to this, by turns
//	        size: {min: 1 MB, max: 2 GB}   # or one size
//	        metadata: {sample_id: "S{n}"}  # all other keys as with files, but for
//	        alias:                         # id, from, content and secondary_files
//	          volume: rfranklin/archive
//	          location: bulk/{n}.bam
//	    apps:                   # only what tasks do not say: apps that they name come by themselves
//	      - {id: star-align, name: STAR alignment, revision: 3}   # the latest revision
//	    tasks:
//	      - id: 0b0a5c3e-5d0c-4b1c-9f6b-0e3c8d1d2f11   # made up by default
//	        name: STAR S1             # required
//	        app: star-align           # required: of this project, in its latest revision; or star-align/2,
//	                                  # or owner/project/star-align/2
//	        status: COMPLETED         # the default; DRAFT CREATING QUEUED RUNNING ABORTING FAILED ABORTED
//	        user: rfranklin           # who ran it; default: user
//	        description: a text
//	        created_on: 9d ago        # one of the three dates is enough
//	        started_on: 9d ago
//	        ended_on: 8d ago
//	        inputs: {threads: 8}      # as outputs
//	        outputs:                  # by port; files become those of the task (task:), with their secondary files
//	          aligned_bam: results/a.vcf.gz             # the path of a file of the project, or its ID
//	          reports: reports/                         # a folder
//	          counts: [results/a.vcf.gz, [results/a.vcf.gz.tbi]]   # lists, nested at will
//	          elsewhere: {file: a/b.txt, project: rfranklin/other}
//	          unsorted: {deleted: S1.unsorted.bam}      # a file that is gone
//	          strandedness: {value: reverse}            # a text, or any other value
//	          reads: 1200
//	      - name: STAR batch          # a batch; all that a child does not say is as here
//	        app: star-align
//	        batch_input: fastq
//	        batch_by: [metadata.sample_id]
//	        children:
//	          - count: 300            # tasks by the hundred, in a batch or not, a second apart
//	            name: "STAR batch S{n}"
//	            folders: 100          # {folder} runs from 1 to this, by turns
//	            group: {metadata.sample_id: "S{n}"}
//	            outputs: {aligned_bam: "bulk/batch-{folder:3}/sample-{n:6}.bam"}
//	  - {id: rfranklin/other, files: [path: a/b.txt]}
//
//	volumes:
//	  - id: rfranklin/archive   # required: owner/name
//	    type: s3                # the default; gcs azure oss
//	    access_mode: RW         # the default; RO
//	    active: true
//	    export_enabled: true    # only told, not enforced
//	    bucket: my-bucket       # volumes with one type, endpoint and bucket share objects
//	    prefix: cohort          # put before every location, with a slash
//	    endpoint: s3.eu-central-1.amazonaws.com
//	    location: aws:us-east-1 # hidden from clients; another region than the project's refuses exports
//	    members: {rfranklin: [read, copy, write, admin], mteitz: [read]}   # default: everybody everything
//	    created_on: 2024-01-10
//	    objects:                # in the beginning; a location, or
//	      - {location: vcf/old.vcf.gz, size: 5 MB}
//	    generate:
//	      - {count: 1000, location: "old/{n}.bam", size: 1 GB}
//	  - id: rfranklin/here
//	    directory: exported     # a real folder: exports write real files to it, at prefix and
//	                            # location; files without content get made-up bytes, of which
//	                            # all after the first MiB are a hole that takes no disk
//
//	jobs:                       # export jobs from before
//	  - id: erand0md6gMeuLlhWTNVj192RsnOMgdB   # made up by default
//	    user: mteitz            # default: user
//	    project: rfranklin/rna-seq     # with path; or file: and an ID
//	    path: results/a.vcf.gz
//	    volume: rfranklin/archive
//	    location: vcf/a.vcf.gz
//	    state: RUNNING          # default COMPLETED (which changes no file); PENDING RUNNING FAILED
//	    takes: 10m              # from the first start until an open job ends; default 1h
//	    copy_only: false
//	    overwrite: false
//	    started_on: 2d ago
//	    finished_on: 1d ago
//	    error: 9107             # of a FAILED job, or in store for an open one:
//	                            # a code, or {code, status, message}
//
//	behavior:
//	  latency: {min: 20ms, max: 80ms}   # of every answer; or one duration; default none
//	  jobs:
//	    pending: 200ms          # from submission to start at the earliest; the default
//	    duration: 800ms         # the default; or {min, max}, with tail: one in twenty falls
//	                            # between max and tail; with per_gb: added for every GB
//	    at_once: 0              # jobs running at a time; 0 for no limit
//	    alias_lag: 0s           # from a job's end until the file shows as an alias
//	    list_lag: 0s            # from a submission until the job list shows the job
//	    existing_object: fails_job   # the default; refused: 9107 already at submission
//	  rate_limit:
//	    limit: 1000             # 0: none
//	    window: 5m
//	    headers: true
//	    clock_skew: 0s          # how far the platform's clock is ahead
//	    grid: false             # true: windows begin at whole multiples of their length, and not
//	                            # with the first request after the last one
//	  page_cap: 0               # items a page has at most, whatever was asked for; 0: as asked
//	  random_seed: 1
//
//	faults:                     # what goes wrong with requests; the first rule that hits counts
//	  - match: POST /bulk/storage/exports/create   # method and path below /v2, or one of them;
//	                            # * stays inside a segment, ** crosses; default all
//	    nth: 3                  # only the third such request;
//	    every: 10               # or every tenth; or with
//	    probability: 0.05       # that chance; default all
//	    times: 2                # so often at most
//	    after: 10s              # counted from the first start
//	    until: 60s
//	    action: status          # the default: an error instead of the answer; or
//	                            # html (a gateway's page), maintenance (for a while),
//	                            # cut_before_commit, cut_after_commit, slow (answered late),
//	                            # truncate (half of the body), content_type (text/plain), or
//	                            # a success that does not say what is so:
//	                            # lose_item, double_item (one item of a bulk answer or a page),
//	                            # short_page (half of the items), empty_page, null_items,
//	                            # no_links (to further pages), each beside the right total, and
//	                            # mutate (some bytes or a value of the JSON, by random_seed)
//	    status: 503             # of status and html; 429 500 502 503 504 ...
//	    code: 90005             # default: the one that belongs to the status
//	    for: 10s                # of maintenance and slow
//	    commit: false           # true: status and html hit after the request was carried out
//
//	failures:                   # exports that do not succeed; the first rule that fits counts
//	  - path: results/**/*.bam  # a pattern as in faults, with project: if need be; or file: and an ID
//	    at: job                 # the default; submission: the item is refused
//	    error: {code: 9100, status: 503, message: no luck}   # or a code; default 9100
//	    times: 2                # for each file, then it succeeds; default always
//
//	quirks:                     # all false by default
//	  upper_case_types: true          # FILE and FOLDER
//	  upper_case_services: true       # S3, GCS, ...
//	  lower_case_states: true         # completed
//	  shuffled_bulk: true             # bulk answers in another order than asked
//	  alias_location_is_key: true     # aliases name the full key, with the prefix
//	  bare_prefix: true               # no slash between prefix and location
//	  no_hosted_on_locations: true
//	  no_project_location: true
//	  null_beside: true               # "error": null beside a resource, and the reverse
//	  no_total_header: true
//	  no_error_in_failed_job: true
//	  jobs_oldest_first: true         # otherwise the newest come first
//	  slash_prefixes: true            # prefixes of volume listings end in a slash
//	  copy_only_needs_advance: true   # copy_only without the advance-access header is refused
//	  links_without_fields: true      # next links forget fields
//	  capital_rel: true               # "rel": "Next"
//	  submission_answers_201: true
//	  secondary_files_as_stubs: true  # only href, id and name of secondary files
//	  stub_results: true              # only href and id of the file in a completed job
//	  sparse_errors: true             # no status and more_info in the errors of bulk items
//	  modified_by_export: true        # modified_on of a file changes when it becomes an alias
//	  no_object_metadata: true        # objects on volumes tell no size
//	  outputs_not_listed: true        # lists of tasks do not tell their outputs,
//	  outputs_only_single: true       # nor do bulk answers
//	  output_basenames: true          # files at ports have a basename and no name
//	  batch_children_not_listed: true # children of batches are listed by their parent only
//	  shuffled_lists: true            # files are listed in no useful order
//	  repeated_items: true            # a page begins with the last item of the page before
//	  odd_case: true                  # types, states, rels and access modes in any letter case
//	  shuffled_keys: true             # the keys of JSON objects in varying order
//	  unknown_members: true           # members in every object that no page knows
//	  nulls: true                     # null for what is empty, and for what a job has not yet
//
// # What is simulated
//
// A job ends in the order of time and by the state of things at its end: it
// fails with 9107 if an object is at its place and overwrite is off, with 9109
// if the file has become an alias meanwhile, with 9103 if the location is no
// place inside the volume's folder; with overwrite it deletes the object first.
// When a job that is not copy-only completes, the file becomes an alias.
//
// Imports make aliases. Files and folders can be made, renamed, moved and
// deleted, files copied, tagged and given metadata. A copy shares the bytes of
// its original, which the platform keeps until the last of both is exported or
// deleted. Tasks and apps are as the seed has them; nothing runs.
//
// Not served, and answered like any unknown path (404, code 90003), is the rest
// of the API: making and changing projects, members, volumes, apps and tasks,
// task execution details, uploads and downloads, searches, asynchronous bulk
// actions (/async), billing but for the storage breakdown, divisions and teams, markers, automations,
// datasets as such, and DRS imports.
//
// Where the documentation is silent, the simulator settles for: names of
// objects' metadata (size, last_modified), 9020 for an inactive volume, 9028
// for another region, and 404 for IDs of the wrong form.
package simulator
