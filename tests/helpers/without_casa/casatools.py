"""Stands in for casatools while only tests without CASA run: a test that needs CASA without being marked so fails."""

raise ImportError("this test needs CASA: mark it with pytest.mark.casa")
