package contract

import _ "sbexport/internal/platform"
