package sheet

import (
	"bytes"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"
)

// Bounds of what is unpacked of a workbook.
const (
	maxUnpacked = 512 << 20
	maxInMemory = 16 << 20 // what is larger goes through a temporary file
)

// openXLSX reads the first sheet. Cells are as they are stored: a long number
// keeps all its digits, a date is its serial number.
func openXLSX(body []byte) (*Table, error) {
	file, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory})
	if err != nil {
		return nil, unreadable(err)
	}
	rows, err := file.Rows(file.GetSheetName(0))
	if err != nil {
		return nil, errors.Join(unreadable(err), file.Close())
	}
	t := &Table{Format: XLSX, close: func() error { return errors.Join(rows.Close(), file.Close()) }}
	if rows.Next() {
		if t.Columns, err = rows.Columns(); err != nil {
			return nil, errors.Join(unreadable(err), t.close())
		}
	}
	number := 1
	t.next = func() (Row, error) {
		if !rows.Next() {
			if err := rows.Error(); err != nil {
				return Row{}, unreadable(err)
			}
			return Row{}, io.EOF
		}
		number++
		row := Row{Number: number}
		texts, err := rows.Columns()
		if err != nil {
			return row, unreadable(err)
		}
		row.fill(texts, len(t.Columns))
		return row, nil
	}
	return t, nil
}

func unreadable(err error) error {
	return refuse("xlsx", "the workbook cannot be read: "+err.Error(), "工作簿无法读取："+err.Error())
}
