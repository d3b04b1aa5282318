package sdk

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// trim gives back the pages of the program's file that only its start needed.
// A bundled plugin is the whole server's binary, whose initialisation touches
// far more of it than a channel ever uses; the kernel reads a page again when
// it is needed after all. Failing to trim costs memory and nothing else.
func trim() {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uintptr
		var mode string
		line := lines.Text()
		if n, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n != 3 || err != nil {
			continue
		}
		if strings.HasSuffix(line, " "+self) && !strings.Contains(mode, "w") {
			advise(from, to-from)
		}
	}
}

// advise drops the pages, and maps single ones from now on. They are read-only
// and backed by the file, so nothing can be lost.
func advise(from, size uintptr) {
	for _, advice := range []uintptr{unix.MADV_RANDOM, unix.MADV_DONTNEED} {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, size, advice)
	}
}
