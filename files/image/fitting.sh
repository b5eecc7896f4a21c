# What comes from another Mac has to run here.
fitting() { # ARCHITECTURE   ends where programs of such an image would not run; the builder may not have said it
    case $(uname -m)-$1 in
    aarch64-arm64 | arm64-arm64 | x86_64-amd64 | *-) ;;
    *)
        echo "the builder's image is for $1, and this machine is $(uname -m): write the \`platform\` of each Mac, and build on a group that has both" >&2
        exit 65
        ;;
    esac
}

