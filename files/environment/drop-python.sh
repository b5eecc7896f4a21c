# Remove a Python that uv brought and no environment stands on, and uv's links to it.   FOLDER
set -eu
rm -rf "${UV_PYTHON_INSTALL_DIR:?}/$1"
for link in "$UV_PYTHON_INSTALL_DIR"/cpython-*; do
    if [ -L "$link" ] && [ ! -e "$link" ]; then
        rm -f "$link"
    fi
done
