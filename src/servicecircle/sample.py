"""Where the embedded sample city is."""

from pathlib import Path

from servicecircle.errors import DataSourceError


def sample_folder() -> Path:
    """Return the folder of the Gothenburg sample: streets, illustrative centers, residents, districts, study.toml.

    Returns
    -------
    pathlib.Path
        The folder; to be read, not written to.

    Raises
    ------
    DataSourceError
        If the installation lacks it.
    """
    package = Path(__file__).parent
    for folder in (package / "sample", package.parents[1] / "data" / "gothenburg"):
        if (folder / "study.toml").is_file():
            return folder
    raise DataSourceError(f"the sample city is missing beside {package}. Install servicecircle again.")
