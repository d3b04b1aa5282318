// Package sheet reads and writes tables as CSV, XLSX and JSON lines, as people
// have them: CSV in UTF-8 with or without its mark or in GB18030, with whatever
// delimiter; workbooks; one object a line. It knows nothing of communities.
package sheet
