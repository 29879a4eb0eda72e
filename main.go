// Sbexport moves files from Seven Bridges projects to the user's own cloud
// volumes, as a YAML plan says.
package main

import (
	"context"
	"os"

	"sbexport/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.OS()))
}
