package view

// Summary shows how an apply ended: what failed, by cause and with the remedy,
// what is blocked and not tolerated, what is left to do, and the totals.
func Summary(s Stream, r *Result, full bool) error {
	v := changesetView{printer: newPrinter(s), c: r.Changeset, full: full, keep: maxRows}
	if full {
		v.keep = -1
	}
	v.failures(r.Failures)
	v.blockedFiles(notTolerated(r.Changeset.Blocked))
	totals := v.strong
	if r.Exit != 0 {
		totals = v.wait
	}
	v.prose(0, totals, r.Done())
	if text := r.pendingSentence(); text != "" {
		v.prose(0, nil, text)
	}
	if r.Lockfile != "" {
		v.prose(0, nil, "The results are in "+Safe(r.Lockfile)+".")
	}
	return v.flush("the summary")
}

func (v *changesetView) failures(failures []FailedFile) {
	if len(failures) == 0 {
		return
	}
	v.line(v.strong("Failed"), ": ", Number(len(failures), "file"))
	for _, g := range groupByCause(failures, v.keep) {
		v.cause(g)
	}
	v.line()
}

// cause shows one cause of failures, its files and its remedy.
func (v *changesetView) cause(g *causeGroup) {
	v.prose(2, nil, g.name()+": "+Number(g.count, "file"))
	for i, f := range g.kept {
		v.failed(f)
		// Most files of a cause share the platform's sentence.
		if s := said(f); s != "" && (i+1 == len(g.kept) || said(g.kept[i+1]) != s) {
			v.prose(6, v.faint, s)
		}
	}
	if left := g.count - len(g.kept); left > 0 {
		v.line("    ", v.faint(ellipsis, " and ", Count(left), " more; the lockfile has them all"))
	}
	v.prose(6, nil, "what to do: "+g.advice())
}

func (v *changesetView) failed(f FailedFile) {
	from, to := path(f.Action.Path, f.Action.File), destination(f.Action)
	room := v.columns - len("    x ")
	if v.columns == 0 || v.full || width(from)+width(arrow)+width(to) <= room {
		v.line("    ", v.bad("x"), " ", from, arrow, to)
		return
	}
	v.line("    ", v.bad("x"), " ", middle(from, room))
	v.line("     ", arrow, middle(to, v.columns-len("      > ")))
}
