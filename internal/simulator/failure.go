package simulator

import (
	"fmt"
	"math"
	"strconv"

	"gopkg.in/yaml.v3"
)

// failure is a refusal as the platform words it: the body of a failed request,
// the error of a bulk item, or the error of a job that failed.
type failure struct {
	Status  int    `json:"status"`
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// platformErrors are the platform's codes that the simulator uses, with the HTTP status
// that belongs to each (vendor page "API status codes"; where the page does not
// establish a status, the one that fits the wording).
var platformErrors = map[int]failure{
	0:     {503, 0, "Service is currently under maintenance."},
	1000:  {429, 1000, "Rate limit exceeded! Check response headers."},
	2001:  {403, 2001, "Insufficient privileges to access the requested user."},
	2002:  {404, 2002, "Requested user does not exist."},
	3001:  {403, 3001, "Insufficient privileges to access the requested project."},
	3002:  {404, 3002, "Requested project does not exist."},
	3012:  {400, 3012, "Malformed project identifier. Expected owner/project."},
	5001:  {403, 5001, "Insufficient privileges to access the requested file."},
	5002:  {404, 5002, "Requested file does not exist."},
	5003:  {409, 5003, "Requested file already exists."},
	5004:  {400, 5004, "File id must not be null or an empty string."},
	5005:  {400, 5005, "Malformed project query parameter."},
	5006:  {400, 5006, "Metadata validation failed."},
	5008:  {403, 5008, "File renaming not allowed."},
	5009:  {403, 5009, "Modifying metadata is not allowed."},
	5011:  {403, 5011, "Modifying file tags is not allowed."},
	5012:  {400, 5012, "Invalid type supplied. Allowed values: [folder]."},
	5014:  {403, 5014, "Insufficient privileges to copy the requested file."},
	5015:  {400, 5015, "Moving files between projects is not supported."},
	5018:  {400, 5018, "Copying folders is not supported."},
	5021:  {400, 5021, "Deleting non-empty folders is not supported."},
	5022:  {400, 5022, "Parent is not a folder."},
	5024:  {400, 5024, "Invalid name parameter. Check the documentation."},
	5025:  {400, 5025, "Updating folder metadata is not supported."},
	5026:  {404, 5026, "Requested folder does not exist."},
	5027:  {400, 5027, "Updating folder tags is not supported."},
	5029:  {400, 5029, "Missing parent or project field."},
	5030:  {409, 5030, "Requested folder already exists."},
	5031:  {400, 5031, "Providing both parent and project is not allowed."},
	5032:  {403, 5032, "Insufficient privileges to move the requested file."},
	5033:  {400, 5033, "Invalid request please check the documentation."},
	6001:  {403, 6001, "Insufficient privileges to access the requested app/revision."},
	6002:  {404, 6002, "Requested app/revision does not exist."},
	6011:  {400, 6011, "Malformed app id. Expecting owner/project/app_name/revision."},
	6012:  {400, 6012, "Invalid visibility query parameter. Allowed values: [PUBLIC, PRIVATE]."},
	7001:  {403, 7001, "Insufficient privileges to access the requested task."},
	7002:  {404, 7002, "Requested task does not exist."},
	7005:  {400, 7005, "Task ID must be a valid UUID."},
	7006:  {400, 7006, "Invalid task status."},
	9000:  {503, 9000, "Error while communicating with the cloud service."},
	9001:  {403, 9001, "Insufficient read access on the cloud service."},
	9002:  {403, 9002, "Insufficient write access on the cloud service."},
	9003:  {403, 9003, "Insufficient privileges to access the requested project."},
	9004:  {403, 9004, "Insufficient privileges to access the requested file."},
	9005:  {403, 9005, "Insufficient privileges to access the requested job."},
	9006:  {403, 9006, "Requested file cannot be exported. Check the documentation."},
	9007:  {404, 9007, "Requested volume does not exist."},
	9008:  {404, 9008, "Requested job does not exist."},
	9009:  {404, 9009, "Requested file does not exist."},
	9011:  {400, 9011, "Invalid request syntax."},
	9012:  {404, 9012, "Requested project or member does not exist."},
	9018:  {400, 9018, "Cannot infer the name of the file, and none is given."},
	9020:  {403, 9020, "Insufficient privileges to access the requested volume."},
	9022:  {400, 9022, "Invalid value of aws_canned_acl."},
	9023:  {400, 9023, "Invalid value of sse_algorithm."},
	9024:  {400, 9024, "Invalid value of aws_storage_class."},
	9026:  {403, 9026, "Volume is not configured for writing."},
	9027:  {400, 9027, "Exporting across different cloud services is not supported."},
	9028:  {400, 9028, "Exporting across different cloud regions is not supported."},
	9100:  {503, 9100, "Error while communicating with the cloud service."},
	9101:  {403, 9101, "Volume is not configured for writing."},
	9102:  {403, 9102, "Insufficient privileges to access the requested project."},
	9103:  {403, 9103, "Location on the volume is not accessible as configured."},
	9104:  {404, 9104, "Requested volume does not exist."},
	9105:  {404, 9105, "Requested location does not exist on the volume."},
	9106:  {404, 9106, "Requested file does not exist."},
	9107:  {409, 9107, "Location on the volume already contains a file."},
	9108:  {409, 9108, "Requested file already exists."},
	9109:  {404, 9109, "File does not exist or is not accessible."},
	90000: {400, 90000, "Bad request."},
	90001: {401, 90001, "Unauthorized."},
	90002: {403, 90002, "Forbidden."},
	90003: {404, 90003, "Not found."},
	90004: {500, 90004, "An unexpected error occurred."},
	90005: {503, 90005, "Service unavailable."},
	90006: {405, 90006, "Method not allowed."},
	90007: {409, 90007, "Conflict."},
	90008: {415, 90008, "Unsupported media type."},
	90009: {400, 90009, "Request content could not be decoded."},
}

// refuse is the failure with a code, in the platform's own words.
func refuse(code int) *failure {
	f, ok := platformErrors[code]
	if !ok {
		f = failure{Status: 400, Code: code, Message: "The request failed with code " + strconv.Itoa(code) + "."}
	}
	return &f
}

// refusef is the failure with a code and a sentence that says more than the
// platform's own.
func refusef(code int, format string, args ...any) *failure {
	f := refuse(code)
	f.Message = fmt.Sprintf(format, args...)
	return f
}

// appendTo appends the failure as the JSON object the platform shows.
func (f *failure) appendTo(b []byte) []byte {
	b = append(b, `{"status":`...)
	b = strconv.AppendInt(b, int64(f.Status), 10)
	b = append(b, `,"code":`...)
	b = strconv.AppendInt(b, int64(f.Code), 10)
	b = append(b, `,"message":`...)
	b = appendString(b, f.Message)
	return append(b, `,"more_info":"https://docs.sevenbridges.com/reference#api-status-codes"}`...)
}

// answer makes the failure the whole answer to a request.
func (f *failure) answer() *answer {
	return &answer{status: f.Status, body: f.appendTo(nil)}
}

// failureRule says which exports are refused or fail.
type failureRule struct {
	file    string // ID, or empty
	project string // or empty for any
	path    glob
	refused bool // at submission; otherwise the job fails
	failure *failure
	times   int // for each file; 0 for always
}

func (r *reader) failureRule(n *yaml.Node) *failureRule {
	f := &failureRule{failure: refuse(9100)}
	r.mapping(n, "a failure", keys{
		"file":    func(n *yaml.Node) { f.file = r.fileID(n) },
		"project": func(n *yaml.Node) { f.project = r.ownedID(n, "a failure's project") },
		"path":    func(n *yaml.Node) { f.path = parsed(r, n, "path", parseGlob) },
		"at":      func(n *yaml.Node) { f.refused = r.oneOf(n, "at", "submission", "job") == "submission" },
		"error":   func(n *yaml.Node) { f.failure = r.failure(n) },
		"times":   func(n *yaml.Node) { f.times = r.integer(n, "times", [2]int{1, math.MaxInt32}) },
	})
	if (f.file == "") == (f.path == nil) {
		r.fail(n, "a failure needs either file (an ID) or path (a pattern such as results/**/*.bam)")
	}
	return f
}

// ruleHit is a failure rule and a file that it hit; hits are counted.
type ruleHit struct {
	rule int
	node int32
}

// failureFor is the first failure rule that still holds for a file, at
// submission or in the job.
func (s *Server) failureFor(node int32, refused bool) (ruleHit, *failure) {
	for i, rule := range s.seed.failures {
		m := ruleHit{i, node}
		if rule.refused != refused || rule.times > 0 && s.ruleHits[m] >= rule.times {
			continue
		}
		if s.hits(rule, node) {
			return m, rule.failure
		}
	}
	return ruleHit{}, nil
}

func (s *Server) hits(rule *failureRule, node int32) bool {
	n := &s.nodes[node]
	if rule.file != "" {
		return rule.file == n.id.String()
	}
	project := s.projects[n.project].seed.id
	return (rule.project == "" || rule.project == project) && rule.path.match(s.path(node))
}
