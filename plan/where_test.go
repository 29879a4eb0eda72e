package plan

import (
	"fmt"
	"testing"
	"time"

	"sbexport/internal/platform"
)

// rulesOf loads a plan with a rule for each "where" block, written on one line.
func rulesOf(t *testing.T, where ...string) []*Rule {
	t.Helper()
	text := "version: 1\nproject: a/b\nvolume: c/d\nexports:\n"
	for _, w := range where {
		text += fmt.Sprintf("  - {match: \"**\", to: \"{id}\", where: {%s}}\n", w)
	}
	p, err := Load("test.yaml", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return p.Rules
}

func TestWhere(t *testing.T) {
	now := time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) platform.File { return platform.File{CreatedOn: now.Add(-d)} }
	const day = 24 * time.Hour
	meta := func(key string, values ...string) platform.File {
		return platform.File{Metadata: map[string][]string{key: values}}
	}
	tests := []struct {
		where   string
		yes, no []platform.File
	}{
		{
			"metadata: {type: Tumor}",
			[]platform.File{meta("type", "Tumor"), meta("type", "Normal", "Tumor")},
			[]platform.File{{}, meta("type", "tumor"), meta("type"), meta("Type", "Tumor")},
		},
		{"metadata: {type: [Tumor, Normal]}", []platform.File{meta("type", "Tumor"), meta("type", "Normal")}, []platform.File{meta("type", "Other")}},
		{`metadata: {type: "*"}`, []platform.File{meta("type", "x")}, []platform.File{{}, meta("other", "x"), meta("type")}},
		{`metadata: {type: [x, "*"]}`, []platform.File{meta("type", "y")}, []platform.File{{}}},
		{
			"metadata: {a: x, b: y}",
			[]platform.File{{Metadata: map[string][]string{"a": {"x"}, "b": {"y"}}}},
			[]platform.File{meta("a", "x"), meta("b", "y")},
		},
		{"metadata: {n: 010}", []platform.File{meta("n", "010")}, []platform.File{meta("n", "8"), meta("n", "10")}},
		{"metadata: {n: 1.0}", []platform.File{meta("n", "1.0")}, []platform.File{meta("n", "1")}},
		{"metadata: {n: 1_000}", []platform.File{meta("n", "1_000")}, []platform.File{meta("n", "1000")}},
		{"metadata: {n: 12}", []platform.File{meta("n", "12")}, []platform.File{meta("n", "12.0")}},
		{"metadata: {n: -3}", []platform.File{meta("n", "-3")}, []platform.File{meta("n", "3")}},
		{"metadata: {n: .nan}", []platform.File{meta("n", ".nan")}, []platform.File{meta("n", "NaN")}},
		{"metadata: {n: 2024-01-02}", []platform.File{meta("n", "2024-01-02")}, nil},
		{"metadata: {n: 99999999999999999999}", []platform.File{meta("n", "99999999999999999999")}, nil},
		{"metadata: {b: True}", []platform.File{meta("b", "True")}, []platform.File{meta("b", "true")}},
		{"metadata: {b: yes}", []platform.File{meta("b", "yes")}, []platform.File{meta("b", "true")}},
		{"metadata: {1: x}", []platform.File{meta("1", "x")}, nil},
		{"tags: final", []platform.File{{Tags: []string{"x", "final"}}}, []platform.File{{}, {Tags: []string{"Final"}}}},
		{"tags: [a, b]", []platform.File{{Tags: []string{"a"}}, {Tags: []string{"b"}}}, []platform.File{{Tags: []string{"c"}}}},
		{"task: t1", []platform.File{{Task: "t1"}}, []platform.File{{}, {Task: "t2"}}},
		{"task: [t1, t2]", []platform.File{{Task: "t1"}, {Task: "t2"}}, []platform.File{{Task: "t3"}}},
		{"larger_than: 1 MB", []platform.File{{Size: 1_000_001}}, []platform.File{{Size: 1_000_000}, {}}},
		{"smaller_than: 1 KiB", []platform.File{{Size: 1023}, {}}, []platform.File{{Size: 1024}}},
		{"larger_than: 5, smaller_than: 7", []platform.File{{Size: 6}}, []platform.File{{Size: 5}, {Size: 7}}},
		{"larger_than: 0", []platform.File{{Size: 1}}, []platform.File{{}}},
		{"older_than: 30d", []platform.File{ago(30*day + 1)}, []platform.File{ago(30 * day), ago(0), {}}},
		{"newer_than: 12h", []platform.File{ago(12*time.Hour - 1), ago(-day)}, []platform.File{ago(12 * time.Hour), {}}},
		{"older_than: 2w", []platform.File{ago(14*day + 1)}, []platform.File{ago(14 * day)}},
		{"older_than: 90m", []platform.File{ago(91 * time.Minute)}, []platform.File{ago(89 * time.Minute)}},
		{"older_than: 90s", []platform.File{ago(91 * time.Second)}, []platform.File{ago(89 * time.Second)}},
		{"older_than: 2024-06-15", []platform.File{ago(12*time.Hour + 1)}, []platform.File{ago(12 * time.Hour), {}}},
		{"newer_than: 2024-06-15", []platform.File{ago(12*time.Hour - 1)}, []platform.File{ago(12 * time.Hour), {}}},
		{`newer_than: "2024-06-15T13:00:00+02:00"`, []platform.File{ago(time.Hour - 1)}, []platform.File{ago(time.Hour)}},
		{"older_than: 2024-06-15t11:00:00z", []platform.File{ago(time.Hour + 1)}, []platform.File{ago(time.Hour)}},
		{"older_than: 7d, newer_than: 30d", []platform.File{ago(20 * day)}, []platform.File{ago(6 * day), ago(31 * day)}},
		{
			"tags: a, task: t, larger_than: 1",
			[]platform.File{{Tags: []string{"a"}, Task: "t", Size: 2}},
			[]platform.File{{Task: "t", Size: 2}, {Tags: []string{"a"}, Size: 2}, {Tags: []string{"a"}, Task: "t", Size: 1}},
		},
	}
	for _, test := range tests {
		rule := rulesOf(t, test.where)[0]
		for i := range test.yes {
			if !rule.Accepts(&test.yes[i], now) {
				t.Errorf("%s does not accept %+v", test.where, test.yes[i])
			}
		}
		for i := range test.no {
			if rule.Accepts(&test.no[i], now) {
				t.Errorf("%s accepts %+v", test.where, test.no[i])
			}
		}
	}
}

func TestParseSize(t *testing.T) {
	tests := map[string]int64{
		"0": 0, "7": 7, "7 B": 7, "1kB": 1000, "1 kB": 1000, "1 MB": 1e6, "2 GB": 2e9, "3 TB": 3e12,
		"1 KiB": 1024, "1 MiB": 1 << 20, "1GiB": 1 << 30, "1 TiB": 1 << 40,
		"1.5 TB": 15e11, "0.5 KiB": 512, "0.0000001 kB": 0, "1.999 B": 1, "8388607 TiB": 8388607 << 40,
		"8388608 TiB": -1, "999999999999999 TB": -1,
		"": -1, "MB": -1, "1 mb": -1, "1 KB": -1, "1  MB": -1, "-1": -1, "1e3": -1, "1. MB": -1, "0x10": -1, "1/2 MB": -1, "٣ MB": -1,
	}
	for text, want := range tests {
		got, ok := parseSize(text)
		if want >= 0 && (got != want || !ok) || want < 0 && ok {
			t.Errorf("parseSize(%q) = %d, %v; want %d", text, got, ok, want)
		}
	}
}

func TestParseMoment(t *testing.T) {
	for _, text := range []string{"", "d", "-1d", "1", "1y", "2024-02-30", "2024-1-1", "9223372036854775807w", "1.5d", "2024-01-01T00:00:00"} {
		if m, ok := parseMoment(text); ok {
			t.Errorf("parseMoment(%q) = %+v", text, m)
		}
	}
	// What the schema lets through never overflows.
	for _, text := range []string{"999999999s", "9999999m", "999999h", "99999d", "9999w"} {
		if m, ok := parseMoment(text); !ok || m.Ago <= 0 {
			t.Errorf("parseMoment(%q) = %+v, %v", text, m, ok)
		}
	}
}
