# Secrets.
section_secret() {
    :
}
