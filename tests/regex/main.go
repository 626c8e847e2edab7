// SPDX-License-Identifier: Apache-2.0

// What Go's regexp says of many expressions, for check.c to compare with:
//
//	p EXPRESSION ok|no         in hex; whether it compiles
//	s SUBJECT MATCH;MATCH;...  in hex; what FindAllSubmatchIndex finds with the expression above, "-" for nothing
//
// Everything is the same in each run with the same seed.
package main

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"strings"
)

var out = bufio.NewWriterSize(os.Stdout, 1<<20)

func expression(text string) *regexp.Regexp {
	re, err := regexp.Compile(text)
	verdict := "ok"
	if err != nil {
		verdict = "no"
	}
	fmt.Fprintf(out, "p %s- %s\n", hex.EncodeToString([]byte(text)), verdict)
	return re
}

func subject(re *regexp.Regexp, text string) {
	var all []string
	found := re.FindAllSubmatchIndex([]byte(text), -1)
	for _, m := range found {
		var offsets []string
		for _, at := range m {
			offsets = append(offsets, strconv.Itoa(at))
		}
		all = append(all, strings.Join(offsets, ","))
	}
	first := re.FindSubmatchIndex([]byte(text))
	if (first == nil) != (len(found) == 0) || first != nil && fmt.Sprint(first) != fmt.Sprint(found[0]) {
		panic("Go contradicts itself")
	}
	matches := strings.Join(all, ";")
	if matches == "" {
		matches = "-"
	}
	fmt.Fprintf(out, "s %s- %s\n", hex.EncodeToString([]byte(text)), matches)
}

func main() {
	seed := flag.Int64("seed", 1, "of the random expressions")
	many := flag.Int("n", 20000, "random expressions")
	flag.Parse()
	g := &generator{rand.New(rand.NewSource(*seed))}
	for _, text := range syntax {
		if re := expression(text); re != nil {
			for _, s := range subjects {
				subject(re, s)
			}
			for i := 0; i < 4; i++ {
				subject(re, g.subject(12))
			}
		}
	}
	for _, c := range secrets {
		if re := expression(c.expression); re != nil {
			for _, s := range append(subjects, c.subjects...) {
				subject(re, s)
			}
		}
	}
	for i := 0; i < *many; i++ {
		if re := expression(g.expression()); re != nil {
			for k := 0; k < 6; k++ {
				subject(re, g.subject(16))
			}
		}
	}
	for i := 0; i < *many; i++ {
		if re := expression(g.soup()); re != nil {
			subject(re, g.subject(12))
			subject(re, g.subject(6))
		}
	}
	out.Flush()
}
