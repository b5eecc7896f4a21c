# Complete the note about a Podman machine whose making was cut off after its last step.   NAME PROVIDER
finish
