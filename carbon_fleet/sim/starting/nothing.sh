# Homebrew, and nothing that was installed with it.
brew list >/dev/null
