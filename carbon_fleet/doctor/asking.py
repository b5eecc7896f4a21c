"""What the doctor's look asks besides the ordinary probe: one section on the Mac, one inside its machine."""

from carbon_fleet.doctor.patient import DOCTOR, INSIDE
from carbon_fleet.prove.asking import Unproven, check_unit
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Mac
from operations.homebrew import Homebrew
from operations.machine import Machine
from operations.power import Power


def questions(mac: Mac) -> tuple[Question, ...]:
    """Both, with the shell variables they read."""
    try:
        check = check_unit(mac).container_name
    except Unproven:
        check = ""
    variables = {
        "CF_DOCTOR_PREFIX": str(mac.section("homebrew", Homebrew).prefix),
        "CF_DOCTOR_MACHINE": mac.section("machine", Machine).name,
        "CF_DOCTOR_SUDO": "no" if mac.section("power", Power) == Power() else "yes",
    }
    inside = Question(INSIDE, guest=True, variables={"CF_DOCTOR_CHECK": check})
    return Question(DOCTOR, variables=variables), inside
