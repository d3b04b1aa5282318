package cli

import "golang.org/x/sys/windows"

// diskSpace is what is free for this user, and all there is, in bytes.
func diskSpace(path string) (free, total uint64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, &total, nil)
	return free, total, err
}
