"""The study file that `servicecircle init` writes, commented in each language."""

_ENGLISH = """\
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
# Optional, else delete the line: the areas that results are reported by. People outside them are left out and counted.
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

_CHINESE = """\
# servicecircle 研究文件。路径相对于本文件。运行：servicecircle run {file}
name = "我的城市"

[inputs]
# 道路：OpenStreetMap 数据（.osm.pbf、.osm）、GraphML，或道路线图层（.gpkg .shp .geojson .parquet）
# 若道路线仅交叉而没有公共点：streets = {{ file = "roads.shp", noding = "crossings" }}
streets = "city.osm.pbf"
# 服务中心：含名称、经度、纬度的表格，或点图层。坐标取自高德、腾讯地图写 datum = "gcj02"，取自百度写 "bd09"
# 从 OpenStreetMap 文件提取：centers = {{ osm = "city.osm.pbf", tags = {{ amenity = ["library"] }} }}
centers = {{ file = "centers.xlsx", datum = "wgs84" }}
# 居民：人口栅格，或带人口数的点、面：{{ file = "blocks.gpkg", weight = "人口" }}
# 按 OpenStreetMap 建筑估算：demand = {{ osm = "city.osm.pbf", buildings = true, total = 2873358 }}
demand = "population.tif"
# 可选（没有请删除此行）：统计结果的行政区。区外居民不计入，但会列出数目
districts = "districts.geojson"
# 可选：可建新中心的候选点；不写则在盲区附近沿道路生成
# candidates = "parcels.gpkg"
# 可选：中心的出入口，用 center 列填写中心的编号；步行以最近的出入口为终点
# entrances = "entrances.csv"
# 可选：封闭道路的点、线、面（围墙、工地），以及新增的道路（桥梁）
# barriers = "walls.gpkg"
# added_streets = "bridge.gpkg"

[walk]
minutes = [5, 10, 15]   # 最后一个是时限
speed_kmh = 4.0         # 4.0：15 分钟 = 1000 米；成年人 4.8，老年人 3.6
# profile = "elderly"   # 或 gb50180 adult child pram wheelchair；使用其步速时请删除上一行
# slope = "dem.tif"     # 地形栅格的高程，或 "z"（道路线自带高程）；不写则按平路计算
# crossing_s = 5        # 每次过街等候的秒数；有信号灯时为 signal_s = 20
# closed = {{ surface = ["sand"] }}   # 带这些标签的道路不能走
# steps_factor = 2.0    # 走台阶的时间是同长平路的几倍；inf 表示不走台阶
# max_snap_m = 200      # 距所有道路超过此距离（米）即为远离路网
# min_component_m = 500 # 总长（米）不足此数的不连通道路不参与计算

[sites]
count = 10              # 建议新增的站点数；0 表示不选址
# budget = 8000000      # 总费用上限，单位同候选点的费用列
# target_share = 0.95   # 代替 count：达到此覆盖率所需的最少站点
# required = ["P7"]     # 必选的候选点；禁选写 forbidden = ["P9"]
# min_distance_m = 500  # 新站点的最小间距（米）
# floors = 0.8          # 各区最低覆盖率；或只对部分区：{{ "秀英区" = 0.9 }}
# spacing_m = 200       # 生成候选点的网格边长（米）

[output]
folder = "out"
language = "zh"         # zh 或 en
# sources = ["人口：……"]    # 在地图和报告上注明的数据来源
# date = "2026-11"          # 数据的时间，注明在地图上
# review_number = "..."     # 公开地图的审图号
# 底图瓦片，由读者的浏览器读取：内网地址，或 {{ tianditu = "密钥" }}（读者可见），或 {{ amap = true }}
# base_map = {{ address = "http://10.0.0.5/{{z}}/{{x}}/{{y}}.png", datum = "wgs84" }}
"""

#: Language -> the file, its own name to be filled in.
INIT = {"en": _ENGLISH, "zh": _CHINESE}
