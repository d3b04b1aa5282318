package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// packedFrom is from how many bytes on an answer is worth packing: less fits in
// one packet of a network anyway.
const packedFrom = 1400

// packed gzips what is read, for who takes it so: lists in JSON become a seventh.
// Answers to what changes something stay as they are, because they may hold a
// secret beside what was sent (the BREACH attack guesses by their length), and so
// do streams and parts of a file.
func packed() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{MinLength: packedFrom, Skipper: func(c echo.Context) bool {
		r := c.Request()
		return r.Method != http.MethodGet || r.Header.Get("Range") != "" || strings.Contains(r.Header.Get("Accept"), streamType)
	}})
}

// Packed gives what a handler of files answers gzipped to who takes it so.
func Packed(files http.Handler) http.Handler {
	e := echo.New()
	serve := packed()(echo.WrapHandler(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = serve(e.NewContext(r, w)) // files answer their errors themselves
	})
}
