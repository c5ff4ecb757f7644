#!/usr/bin/env python3
"""Every package that a function or a test is built from has a licence that lets us ship it: one of ALLOWED, in an
expression of SPDX."""

import json
import re
import subprocess
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "OpenSSL", "Unicode-3.0", "Unlicense", "Zlib",
}


def is_allowed(expression):
    """Evaluates an expression with AND, OR, WITH and parentheses. Old packages write / for OR."""
    words = re.findall(r"\(|\)|AND|OR|[^\s()]+(?:\s+WITH\s+[^\s()]+)?", expression.replace("/", " OR "))
    names = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    return eval(" ".join(names.get(word) or str(re.sub(r"\s+", " ", word) in ALLOWED) for word in words))


metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--locked"]))
wrong = [
    f"{package['name']} {package['version']}: {package['license'] or package['license_file']}"
    for package in metadata["packages"]
    if not (package["license"] and is_allowed(package["license"]))
]
print("\n".join(wrong) or f"{len(metadata['packages'])} packages")
sys.exit(bool(wrong))
