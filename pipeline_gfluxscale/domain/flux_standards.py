"""Sources that are flux standards, and the standards of CASA's setjy that include them."""

SOLAR_SYSTEM_STANDARD = "Butler-JPL-Horizons 2012"

# The calibrators of each standard by the names that observers give them (CASA's documentation of setjy).
_STANDARDS = {
    "Perley-Butler 2017": (
        ("3C48", "J0137+3309", "0137+331", "0134+329"),
        ("3C123", "J0437+2940", "0437+296", "0433+295"),
        ("3C138", "J0521+1638", "0521+166", "0518+165"),
        ("3C147", "J0542+4951", "0542+498", "0538+498"),
        ("3C196", "J0813+4813", "0813+482", "0809+483"),
        ("3C286", "J1331+3030", "1331+305", "1328+307"),
        ("3C295", "J1411+5212", "1411+522", "1409+524"),
    ),
    "Stevens-Reynolds 2016": (("PKS1934-638", "1934-638", "J1939-6342", "J1939-638"),),
}


def flux_standard_of(name: str) -> str | None:
    """Return the flux density standard that includes a source of this name; None if there is none.

    Names are compared without blanks. For names by coordinates, only the start is compared, as observers append digits
    ("1331+30500002_0").
    """
    folded = name.upper().replace(" ", "").replace("_0", "").replace("_", "")
    for standard, sources in _STANDARDS.items():
        for names in sources:
            if any(folded == n or (not n.startswith("3C") and folded.startswith(n)) for n in names):
                return standard
    return None
