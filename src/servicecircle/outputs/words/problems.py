"""What was wrong with an input row, in words: one text for each code of `RowIssue.problem`."""

PROBLEM_TEXTS: dict[str, dict[str, str]] = {
    "axes_exchanged": {"en": "longitude and latitude are exchanged", "zh": "经度与纬度颠倒"},
    "center_off_network": {
        "en": "no usable street is near this center, so nobody can walk to it",
        "zh": "该中心附近没有可用道路，无法步行到达",
    },
    "datum_doubted": {"en": "the coordinates look as if they were in another datum", "zh": "坐标疑似采用另一坐标系"},
    "dropped_crumbs": {"en": "short unconnected streets are not used", "zh": "零碎的不连通道路未使用"},
    "duplicate_lines": {"en": "the same line is there more than once", "zh": "线要素重复"},
    "entrance_rows": {
        "en": "rows with the id and name of an earlier one were taken as further entrances of that center",
        "zh": "编号与名称相同的行视为同一中心的其他出入口",
    },
    "estimated_from_buildings": {
        "en": "people are estimated from the floor area of buildings",
        "zh": "人口按建筑面积估算",
    },
    "formula_without_result": {
        "en": "the formula has no stored result; open the workbook, save it and run again",
        "zh": "公式没有已保存的结果，请打开工作簿保存后重试",
    },
    "garbled_text": {
        "en": "the text was saved in another encoding than it was read in",
        "zh": "文字编码错误（乱码）",
    },
    "in_water": {"en": "the center stands in water, as OpenStreetMap draws it", "zh": "该中心位于水面内"},
    "invalid_polygon": {"en": "the outline of the area crosses or touches itself", "zh": "面边界自相交或无效"},
    "joins_no_street": {"en": "the new street joins no other", "zh": "新增道路未与任何道路相连"},
    "junction_ids_dropped": {
        "en": "the junction ids u and v contradict the lines; end points were joined instead",
        "zh": "路口编号 u、v 与线不符，改按端点连接",
    },
    "large_polygons": {
        "en": "areas are large; all their people count at one point inside",
        "zh": "面积较大，区内人口集中于一点计算",
    },
    "maybe_not_noded": {
        "en": "lines seem to cross without sharing an end point, so they may not be joined",
        "zh": "道路可能在交叉处未断开，未必连通",
    },
    "merged_cells": {
        "en": "merged cells: their value was taken for each of their rows",
        "zh": "合并单元格：其值已用于所含各行",
    },
    "missing_coordinate": {"en": "a coordinate is missing", "zh": "缺少坐标"},
    "missing_id": {"en": "the id is missing", "zh": "缺少编号"},
    "missing_link": {
        "en": "a dead end lies close to a street without meeting it",
        "zh": "断头路距另一道路很近但未相接",
    },
    "missing_name": {"en": "the name is missing; the id stands in", "zh": "缺少名称，以编号代替"},
    "missing_nodes": {
        "en": "ways refer to nodes that are not in the file; they were split there",
        "zh": "道路引用了文件中不存在的节点，已在该处断开",
    },
    "missing_part": {
        "en": "the part of the shapefile that holds its columns is missing",
        "zh": "缺少 Shapefile 的属性文件",
    },
    "missing_value": {"en": "a cell is empty that is filled almost everywhere else", "zh": "其他行大多已填，此处为空"},
    "missing_weight": {"en": "the number of people is missing", "zh": "缺少人数"},
    "name_not_text": {"en": "the name holds no letter", "zh": "名称不含文字"},
    "no_footways": {
        "en": "the streets hold hardly any ways made for walking, so walks may come out too long",
        "zh": "道路数据几乎不含步行道，步行时间可能偏长",
    },
    "no_crossings": {
        "en": "the streets do not say where crossings are, so nobody waits there",
        "zh": "道路数据未标明过街处，未计入等待时间",
    },
    "no_geometry": {"en": "the feature has no geometry", "zh": "要素没有几何图形"},
    "no_height": {
        "en": "no height is known at an end of the segment, so it counts as level",
        "zh": "路段端点缺少高程，按平路计算",
    },
    "no_highway_column": {
        "en": "there is no column highway, so every line counts as walkable",
        "zh": "没有 highway 列，所有线均视为可步行",
    },
    "no_people": {"en": "nobody lives anywhere, so there is no share", "zh": "人口合计为零，无法计算覆盖率"},
    "no_name_column": {"en": "there is no column of names; ids stand in", "zh": "没有名称列，以编号代替"},
    "not_a_number": {"en": "the cell holds no number that is possible here", "zh": "单元格内容不是可用的数值"},
    "not_walkable": {"en": "the road is not open to people on foot", "zh": "道路不可步行"},
    "on_island": {
        "en": "the center stands on streets that are not joined to the main network",
        "zh": "该中心所在道路与主路网不连通",
    },
    "outside_districts": {"en": "the places lie in no district", "zh": "位于所有行政区之外"},
    "overlap": {"en": "two districts overlap", "zh": "行政区相互重叠"},
    "people_in_overlap": {
        "en": "people live where two districts overlap; each counts once, in the first of the two",
        "zh": "居民位于两个行政区的重叠处，只计入前一个行政区",
    },
    "people_in_sliver": {
        "en": "people live in a narrow gap between two districts and count in neither",
        "zh": "居民位于两个行政区之间的狭缝，未计入任何行政区",
    },
    "people_off_network": {"en": "many people live far from every usable street", "zh": "较多居民附近没有可用道路"},
    "people_twice": {
        "en": "two areas of people overlap; who lives where they do may be counted twice",
        "zh": "人口面相互重叠，重叠处人口可能重复计算",
    },
    "point_inside": {"en": "a point inside the shape stands for it", "zh": "以图形内一点代替该图形"},
    "rare_value": {"en": "the value is rare; perhaps a common one is meant", "zh": "该取值罕见，可能是常见取值之误"},
    "reader_warning": {"en": "the reader of the file gave a warning", "zh": "读取文件时出现警告"},
    "repeated_coordinate": {
        "en": "several rows have exactly the same coordinates, as when an address was not found",
        "zh": "多行坐标完全相同，可能是地址解析失败所致",
    },
    "round_coordinate": {
        "en": "the coordinates have so few decimals that the place is known to a kilometre at best",
        "zh": "坐标小数位过少，位置误差可达一公里",
    },
    "rounded_id": {
        "en": "the id looks like a number whose last digits a spreadsheet has lost",
        "zh": "编号疑似被电子表格当作数字而丢失末位",
    },
    "same_id": {"en": "the id occurs more than once", "zh": "编号重复"},
    "same_place": {"en": "two rows stand at exactly the same place", "zh": "两行位置完全相同"},
    "scaled_cells": {
        "en": "the grid declares a scale; its cells were taken by it",
        "zh": "栅格声明了缩放系数，像元值已按其换算",
    },
    "several_bands": {"en": "the grid has several bands; the first was used", "zh": "栅格有多个波段，已使用第一个"},
    "several_layers": {"en": "the file has several layers; one was used", "zh": "文件有多个图层，已使用其中一个"},
    "several_sheets": {
        "en": "the workbook has several sheets; one was used",
        "zh": "工作簿有多个工作表，已使用其中一个",
    },
    "similar_id": {
        "en": "the id looks like that of another row, but for its width, capitals or spaces",
        "zh": "编号与另一行仅有全半角、大小写或空格之别",
    },
    "similar_name_nearby": {"en": "a center of a similar name is near", "zh": "附近有名称相似的中心"},
    "sliver": {"en": "narrow ground between two districts belongs to neither", "zh": "行政区之间存在狭缝"},
    "streets_end_at_edge": {
        "en": "the streets reach less far beyond the study than the longest walk",
        "zh": "道路数据未超出研究范围一个最长步行距离",
    },
    "touches_no_street": {"en": "the barrier touches no street", "zh": "障碍物未触及任何道路"},
    "unknown_datum": {"en": "the cell names no known datum", "zh": "坐标系名称无法识别"},
    "undeclared_nodata": {
        "en": "cells of this value were taken as no data, though the file does not say so",
        "zh": "该取值的像元按无数据处理，但文件未声明",
    },
    "unknown_center": {"en": "there is no center of this id", "zh": "没有该编号的中心"},
    "unknown_district": {
        "en": "the district it claims is not in the layer of districts",
        "zh": "所填行政区不在行政区图层中",
    },
    "wrong_district": {"en": "it lies in another district than it claims", "zh": "位置不在所填行政区内"},
    "wrong_geometry": {"en": "the feature is of another kind than expected", "zh": "几何类型不符"},
    "zero_coordinate": {
        "en": "the place stands at longitude 0, latitude 0, which stands for an unknown one",
        "zh": "坐标为 0, 0，视为未知",
    },
    "zero_length": {"en": "the line has no length", "zh": "线长度为零"},
}
