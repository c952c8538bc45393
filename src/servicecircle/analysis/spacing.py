"""Which candidates stand too close to each other for both to open."""

import geopandas as gpd
import numpy as np
from scipy.spatial import cKDTree

from servicecircle.analysis.crs import same_crs
from servicecircle.errors import checked_number
from servicecircle.inputs.columns import check_layer


def too_close(candidates: gpd.GeoDataFrame, *, metres: float) -> list[tuple[str, str]]:
    """Return the pairs of ids of candidates that are less than `metres` apart in a straight line.

    Parameters
    ----------
    candidates
        Points in a metric CRS, index ``id``.
    metres
        The least distance; candidates exactly so far apart may both open.

    Returns
    -------
    list of pairs of ids
        Each pair once, in the order of the rows; `SiteRules` takes them as `apart`.

    Raises
    ------
    CRSError
        If the candidates are not in a metric CRS.
    InputError
        If the distance cannot be used.
    """
    check_layer("candidates", candidates)
    checked_number("metres", metres, "metres of at least 0")
    same_crs(candidates, "candidates", candidates.crs, "candidates")
    xy = np.column_stack([candidates.geometry.x, candidates.geometry.y])
    pairs = cKDTree(xy).query_pairs(metres, output_type="ndarray") if len(xy) else np.empty((0, 2), dtype=np.int64)
    near = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) < metres
    ids = candidates.index
    return [(ids[one], ids[other]) for one, other in pairs[near][np.lexsort(pairs[near].T[::-1])]]
