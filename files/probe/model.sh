# Models.
section_model() {
    :
}
