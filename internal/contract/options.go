package contract

import "time"

// Token is the only token the server takes.
const Token = "contract-token"

// Endpoint is the base URL that Server.Transport answers for.
const Endpoint = "https://contract.test/v2"

// Freedom is a set of things that the vendor's contract leaves open and that
// the server does in the less convenient way.
type Freedom uint32

// The freedoms.
const (
	OddTypes     Freedom = 1 << iota // file types as FILE, Folder and the like
	NoHosting                        // every third file has no hosted_on_locations
	NullErrors                       // "error": null beside a resource, and in a job without one
	NullResults                      // "resource": null beside an error; result and finished_on null in an open job
	Shuffle                          // bulk answers in another order than asked
	KeyOrder                         // the keys of JSON objects in varying order
	FullKeys                         // every second alias tells its location with the volume's prefix
	BareJoin                         // prefix and location are joined without a slash
	ExtraFields                      // unknown fields in every object
	OddRels                          // link relations as NEXT, Next
	OddStates                        // job states as Pending, running
	OddServices                      // service types as S3, GCS
	NullSizes                        // "size": null on folders
	NullMetadata                     // "metadata": null where there is none
	NoOrigins                        // no origin where there is no task, on every second file
	NoStarts                         // no started_on on fresh bulk jobs
	NoTotals                         // every second listing comes without X-Total-Matching-Query
	ListOrder                        // listings in no useful order
	Repeats                          // a listing of several pages tells its first item twice
	StubResults                      // the result of a job is only href and id
	SparseErrors                     // errors of bulk items without status and more_info
	NewModified                      // an exported file's modified_on changes
	CreatedCode                      // a single submission is answered 201
	LateAliases                      // a file turns into an alias some time after its job is done
	LateJobs                         // a job appears in the job list some time after its submission
	SlashPrefix                      // every second folder of a volume listing ends in a slash

	// All is every freedom; tamed, the server answers as the vendor's examples do.
	All Freedom = 1<<iota - 1
)

// Options say what server New makes. The zero value is the fixture, every
// freedom, and the real service's rate limit.
type Options struct {
	Contents *Contents // taken over by the server; nil means Fixture
	Tame     Freedom   // the freedoms not taken
	Seed     uint64    // of everything that varies

	PageCap int           // largest page, whatever is asked for; 0 means 100
	Latency time.Duration // mean time a request takes, spread from half to one and a half
	Skew    time.Duration // how far the server's clock is ahead

	// Duration is how long the export of a file takes; nil means 2 to 8 s, by
	// the file. Pace stretches it and the two lags; 0 means 1.
	Duration func(file string, size int64) time.Duration
	Pace     float64
	AliasLag time.Duration // see LateAliases; 0 means 1.5 s
	JobLag   time.Duration // see LateJobs; 0 means 0.7 s

	// The vendor says how many requests fit into a window, not when windows
	// begin: with the first request after the last one, or, on a Grid, at
	// multiples of their length.
	Limit  int           // requests in a window; 0 means 1000
	Window time.Duration // whole seconds; 0 means 5 minutes
	Grid   bool

	// Rewrite, when set, may change or cut the answer to a request after all its
	// effects took place. It is called from several goroutines.
	Rewrite func(Request, *Answer)
}

func (o Options) withDefaults() Options {
	if o.Contents == nil {
		o.Contents = Fixture()
	}
	if o.PageCap <= 0 || o.PageCap > maxPage {
		o.PageCap = maxPage
	}
	if o.Pace == 0 {
		o.Pace = 1
	}
	if o.AliasLag == 0 {
		o.AliasLag = 1500 * time.Millisecond
	}
	if o.JobLag == 0 {
		o.JobLag = 700 * time.Millisecond
	}
	if o.Limit == 0 {
		o.Limit = 1000
	}
	if o.Window == 0 {
		o.Window = 5 * time.Minute
	}
	return o
}

// stretch applies the pace.
func (o Options) stretch(d time.Duration) time.Duration {
	return time.Duration(float64(d) * o.Pace)
}

// duration is how long the export of a file takes.
func (s *Server) duration(n *node) time.Duration {
	if s.o.Duration != nil {
		return s.o.stretch(s.o.Duration(n.id, n.size))
	}
	return s.o.stretch(2*time.Second + time.Duration(s.roll("duration", n.id)%6001)*time.Millisecond)
}

// lag is how late something shows, if the freedom to show it late is taken.
func (s *Server) lag(f Freedom, d time.Duration) time.Duration {
	if !s.free(f) {
		return 0
	}
	return s.o.stretch(d)
}
