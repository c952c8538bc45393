"""The study file that `servicecircle init` writes."""

INIT = """\
# A servicecircle study. Paths are relative to this file. Run it with: servicecircle run {file}
name = "My city"

[inputs]
# Streets: an OpenStreetMap extract (.osm.pbf, .osm), GraphML, or road lines (.gpkg .shp .geojson .parquet).
# Lines that cross without a shared point: streets = {{ file = "roads.shp", noding = "crossings" }}
streets = "city.osm.pbf"
# Centers: a table with name, lon, lat (名称, 经度, 纬度) or a layer of points. Coordinates from a Chinese phone map:
# datum = "gcj02" or "bd09". From the OSM file: centers = {{ osm = "city.osm.pbf", tags = {{ amenity = ["library"] }} }}
centers = {{ file = "centers.xlsx", datum = "wgs84" }}
# Where people live: a population raster, points or polygons with people: {{ file = "blocks.gpkg", weight = "people" }}
# Estimated from OSM buildings: demand = {{ osm = "city.osm.pbf", buildings = true, total = 2873358 }}
demand = "population.tif"
# Optional: the areas that results are reported by. People outside them are left out and counted.
districts = "districts.geojson"
# Optional: places where a new center could open; without them they are generated along streets near the gaps.
# candidates = "parcels.gpkg"
# Optional: entrances of the centers, with a column "center" that holds the center's id; the best one counts.
# entrances = "entrances.csv"
# Optional: points, lines, polygons that shut streets (walls, building sites), and streets that are added (a bridge).
# barriers = "walls.gpkg"
# added_streets = "bridge.gpkg"

[walk]
minutes = [5, 10, 15]   # the last is the limit
speed_kmh = 4.0         # 4.0: 15 minutes = 1000 m; adult 4.8, elderly 3.6
# profile = "elderly"   # or gb50180 adult child pram wheelchair; delete speed_kmh above to take theirs
# slope = "dem.tif"     # heights from a terrain raster, or "z" for those of the street lines; else all is level
# crossing_s = 5        # seconds lost at each crossing; signal_s = 20 at each with signals
# closed = {{ surface = ["sand"] }}   # streets with these tags cannot be used
# steps_factor = 2.0    # minutes on steps for each minute on a level street of that length; inf: no steps
# max_snap_m = 200      # farther than this from every street is off the network
# min_component_m = 500 # connected streets shorter than this in all are not used

[sites]
count = 10              # new sites to propose; 0 for none
# budget = 8000000      # most that they may cost together, in the unit of the candidates' column cost
# target_share = 0.95   # in place of count: the fewest sites that bring this share of all people within the limit
# required = ["P7"]     # candidates that have to open; forbidden = ["P9"] for those that may not
# min_distance_m = 500  # least distance between new sites
# floors = 0.8          # least share within the limit in every district; or for some: {{ "North" = 0.9 }}
# spacing_m = 200       # about one generated candidate in each square of this side

[output]
folder = "out"
language = "en"         # en or zh
# sources = ["Population: ..."]   # attribution lines shown on map and report
# date = "2026-11"                # how old the data are, on the map
# review_number = "..."           # map review number (审图号) of a published map
# Tiles behind the map, which its readers' browsers then ask for: an address of your own network, or
# {{ tianditu = "your key" }} (readable by all readers), or {{ amap = true }}
# base_map = {{ address = "http://10.0.0.5/{{z}}/{{x}}/{{y}}.png", datum = "wgs84" }}
"""
