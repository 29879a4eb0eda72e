package report

// data is what the page's script works on. The template writes it as JSON in
// which every character that could end the script element is an escape.
type data struct {
	States   [statuses]string `json:"states"`
	Problems []problemKey     `json:"problems"`
	Runs     []run            `json:"runs"`
	Volumes  []string         `json:"volumes"`
	Prefixes []*string        `json:"prefixes"` // of the volumes; null where not known
	Projects []string         `json:"projects"`
	Rules    []string         `json:"rules"`
	Messages []string         `json:"messages"`
	Rows     []rowData        `json:"rows"`
}

// rowData is a row as a list, whose order the script knows. Volume, project, rule
// and message are given by their numbers.
type rowData [14]any

// dictionary numbers texts of which there are few different ones.
type dictionary struct {
	texts []string
	known map[string]int
}

func newDictionary() *dictionary { return &dictionary{texts: []string{}, known: map[string]int{}} }

func (d *dictionary) number(text string) int {
	n, known := d.known[text]
	if !known {
		n = len(d.texts)
		d.known[text] = n
		d.texts = append(d.texts, text)
	}
	return n
}

// data works out what the script works on.
func (r *Report) data() *data {
	volumes, projects, rules, messages := newDictionary(), newDictionary(), newDictionary(), newDictionary()
	d := &data{
		States: names, Prefixes: []*string{}, Problems: make([]problemKey, len(r.problems)), Runs: append([]run{}, r.runs...),
		Rows: make([]rowData, len(r.rows)),
	}
	for i, p := range r.problems {
		d.Problems[i] = p.problemKey
	}
	for i := range r.rows {
		w := &r.rows[i]
		problem := -1
		if w.problem != nil {
			problem = w.problem.Index
		}
		d.Rows[i] = rowData{
			w.status, w.flags(), w.size, w.path, w.location, w.file, w.export, w.started, w.finished, problem,
			volumes.number(w.volume), projects.number(w.project), rules.number(w.rule), messages.number(w.message),
		}
	}
	for _, volume := range volumes.texts {
		var known *string
		if to := r.destination(volume); to.URL != "" || to.Prefix != "" {
			known = &to.Prefix
		}
		d.Prefixes = append(d.Prefixes, known)
	}
	d.Volumes, d.Projects, d.Rules, d.Messages = volumes.texts, projects.texts, rules.texts, messages.texts
	return d
}

// flag bits of a row, as the page's script knows them.
const (
	flagMove = 1 << iota
	flagCopy
	flagOverwrite
	flagTolerated
)

func (w *row) flags() int {
	f := [...]int{unknown: 0, moved: flagMove, copied: flagCopy}[w.mode]
	if w.overwrite {
		f |= flagOverwrite
	}
	if w.tolerated {
		f |= flagTolerated
	}
	return f
}
