/* Who reaches whom, and who is nearest, in compiled code: a floor under what the contenders take.
 *
 * Written for one question on one kind of file and for nothing else: no checks, no edges of cases, one thread. It
 * answers what `servicecircle.travel_times` answers for level streets, given the arrays that bare.py writes, and
 * prints how many walks it found, the sum of their minutes, the sum of the minutes to the nearest center, and the
 * least milliseconds of processor that each step took in several runs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIDE 32.0   /* of a cell, metres */
#define SNAP 200.0  /* farthest street, metres */
#define FAR 1e30
#define RUNS 9
enum { GRID, ATTACH, LAY_OUT, REACH, NEAREST, STEPS };

static const char *folder;
static long junctions, segments, pieces, people, centers, ignored;
static int *indptr, *neighbour, *piece_segment, *from, *to, *own;         /* own: segment of each center */
static double *minutes, *before, *span, *forward, *backward, *at, *off;    /* at, off: place and approach of centers */
static double (*piece)[4], (*home)[2], (*last)[2];                         /* x, y, vector; x, y; from both ends */
static double limit, pace;

static void *array(const char *name, size_t size, long *count) {
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) exit(2);
    fseek(file, 0, SEEK_END);
    long bytes = ftell(file);
    rewind(file);
    void *data = malloc(bytes + 1);
    if (fread(data, 1, bytes, file) != (size_t)bytes) exit(2);
    fclose(file);
    *count = bytes / size;
    return data;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

/* The grid: pieces of cell c are listed from opens[c] to opens[c + 1]. */
static double west, south;
static int columns, rows, *opens, *listed;

static void make_grid(void) {
    double east = -FAR, north = -FAR;
    west = south = FAR;
    for (long p = 0; p < pieces; p++) {
        double x = piece[p][0], y = piece[p][1], u = x + piece[p][2], v = y + piece[p][3];
        west = fmin(west, fmin(x, u)), south = fmin(south, fmin(y, v));
        east = fmax(east, fmax(x, u)), north = fmax(north, fmax(y, v));
    }
    west -= SNAP, south -= SNAP;
    columns = (east + SNAP - west) / SIDE + 1, rows = (north + SNAP - south) / SIDE + 1;
    if (columns < 1 || rows < 1) exit(2);
    opens = calloc((long)columns * rows + 1, sizeof(int));
    for (int pass = 0; pass < 2; pass++) { /* counted first, then listed from the end of each cell down */
        for (long p = 0; p < pieces; p++) {
            double *q = piece[p];
            int parts = hypot(q[2], q[3]) / SIDE + 1, seen = -1;
            for (int i = 0; i < parts; i++) {
                double x = q[0] + q[2] * i / parts - west, u = q[0] + q[2] * (i + 1) / parts - west;
                double y = q[1] + q[3] * i / parts - south, v = q[1] + q[3] * (i + 1) / parts - south;
                for (int r = fmin(y, v) / SIDE; r <= (int)(fmax(y, v) / SIDE); r++)
                    for (int c = fmin(x, u) / SIDE; c <= (int)(fmax(x, u) / SIDE); c++) {
                        int cell = r * columns + c;
                        if (cell == seen) continue;
                        seen = cell;
                        if (pass) listed[--opens[cell]] = p; else opens[cell]++;
                    }
            }
        }
        if (pass) break;
        for (long c = 1; c <= (long)columns * rows; c++) opens[c] += opens[c - 1];
        listed = malloc(opens[(long)columns * rows] * sizeof(int) + 1);
    }
}

/* The nearest piece of each home and the square of its distance, ring of cells by ring of cells. */
static int *nearest;
static double *square;

static void attach_one(long i) {
    double x = home[i][0] - west, y = home[i][1] - south, best = FAR;
    int column = floor(x / SIDE), row = floor(y / SIDE), found = -1;
    for (int ring = 0; ring * SIDE <= SNAP + 2 * SIDE; ring++) {
        double known = fmin(fmin(x - (column - ring + 1) * SIDE, (column + ring) * SIDE - x),
                            fmin(y - (row - ring + 1) * SIDE, (row + ring) * SIDE - y));
        if (ring && best <= known * known) break;
        for (int r = row - ring; r <= row + ring; r++) {
            int step = r == row - ring || r == row + ring || !ring ? 1 : 2 * ring;
            for (int c = column - ring; c <= column + ring; c += step) {
                if (r < 0 || r >= rows || c < 0 || c >= columns) continue;
                double u = x - fmin(fmax(x, c * SIDE), (c + 1) * SIDE), v = y - fmin(fmax(y, r * SIDE), (r + 1) * SIDE);
                if (u * u + v * v > best) continue;
                for (int k = opens[r * columns + c]; k < opens[r * columns + c + 1]; k++) {
                    double *q = piece[listed[k]], a = home[i][0] - q[0], b = home[i][1] - q[1];
                    double length = q[2] * q[2] + q[3] * q[3];
                    double along = length > 0 ? fmin(fmax((a * q[2] + b * q[3]) / length, 0), 1) : 0;
                    a -= along * q[2], b -= along * q[3];
                    if (a * a + b * b < best) best = a * a + b * b, found = listed[k];
                }
            }
        }
    }
    nearest[i] = best <= SNAP * SNAP ? found : -1, square[i] = best;
}

static void attach(void) {
    nearest = malloc(people * sizeof(int)), square = malloc(people * sizeof(double));
    /* Homes of one cell one after the other: what is known of the cell is in the cache. */
    int *cell = malloc(people * sizeof(int)), *order = malloc(people * sizeof(int));
    int *first = calloc((long)columns * rows + 1, sizeof(int));
    for (long i = 0; i < people; i++) {
        int c = fmin(fmax((home[i][0] - west) / SIDE, 0), columns - 1);
        int r = fmin(fmax((home[i][1] - south) / SIDE, 0), rows - 1);
        first[cell[i] = r * columns + c]++;
    }
    for (long c = 1; c <= (long)columns * rows; c++) first[c] += first[c - 1];
    for (long i = people; i--;) order[--first[cell[i]]] = i;
    for (long i = 0; i < people; i++) attach_one(order[i]);
    free(cell), free(order), free(first);
}

/* Homes by segment, with the minutes to its ends; and the segments with homes at each junction. */
static int *first_home, *row, *first_segment, *around;
static double *to_start, *to_end, *place, *approach;

static void lay_out(void) {
    double *fraction = malloc(people * sizeof(double));
    int *next = malloc((segments + junctions + 1) * sizeof(int));
    first_home = calloc(segments + 1, sizeof(int)), first_segment = calloc(junctions + 1, sizeof(int));
    row = malloc(people * sizeof(int)), around = malloc(2 * segments * sizeof(int));
    to_start = malloc(people * sizeof(double)), to_end = malloc(people * sizeof(double));
    place = malloc(people * sizeof(double)), approach = malloc(people * sizeof(double));
    for (long i = 0; i < people; i++) {
        if (nearest[i] < 0) continue;
        double *q = piece[nearest[i]], length = q[2] * q[2] + q[3] * q[3];
        double along = ((home[i][0] - q[0]) * q[2] + (home[i][1] - q[1]) * q[3]) / length;
        fraction[i] = before[nearest[i]] + (length > 0 ? fmin(fmax(along, 0), 1) : 0) * span[nearest[i]];
        first_home[piece_segment[nearest[i]] + 1]++;
    }
    for (long s = 0; s < segments; s++) first_home[s + 1] += first_home[s];
    memcpy(next, first_home, segments * sizeof(int));
    for (long i = 0; i < people; i++) {
        if (nearest[i] < 0) continue;
        int s = piece_segment[nearest[i]], slot = next[s]++;
        row[slot] = i, place[slot] = fraction[i], approach[slot] = sqrt(square[i]) / pace;
        to_start[slot] = fraction[i] * backward[s] + approach[slot];
        to_end[slot] = (1 - fraction[i]) * forward[s] + approach[slot];
    }
    for (long s = 0; s < segments; s++)
        if (first_home[s] < first_home[s + 1]) first_segment[from[s] + 1]++, first_segment[to[s] + 1]++;
    for (long j = 0; j < junctions; j++) first_segment[j + 1] += first_segment[j];
    memcpy(next, first_segment, junctions * sizeof(int));
    for (long s = 0; s < segments; s++)
        if (first_home[s] < first_home[s + 1]) around[next[from[s]]++] = s, around[next[to[s]]++] = s;
    free(fraction), free(next);
}

/* A heap of junctions by minutes. */
typedef struct { double minutes; int junction; } Entry;
static Entry *heap;
static int size;
static double *reached;

static void push(double m, int junction) {
    int i = size++;
    for (; i && heap[(i - 1) / 2].minutes > m; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = (Entry){m, junction};
}

static Entry pop(void) {
    Entry top = heap[0], moved = heap[--size];
    int i = 0;
    for (int child; (child = 2 * i + 1) < size; i = child) {
        if (child + 1 < size && heap[child + 1].minutes < heap[child].minutes) child++;
        if (heap[child].minutes >= moved.minutes) break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
    return top;
}

static double straight(int center, int slot) {
    double way = at[center] >= place[slot] ? forward[own[center]] : backward[own[center]];
    return fabs(at[center] - place[slot]) * way + approach[slot] + off[center];
}

/* All walks within the limit, center by center. */
static long walks;
static int *walk_row;
static double *walk;

static void reach(void) {
    int *touched = malloc(junctions * sizeof(int)), *stamp = malloc(segments * sizeof(int));
    for (long s = 0; s < segments; s++) stamp[s] = -1;
    long room = 1 << 20;
    walks = 0, walk_row = malloc(room * sizeof(int)), walk = malloc(room * sizeof(double));
    for (int center = 0; center < centers; center++) {
        if (own[center] < 0) continue;
        int count = 0, s = own[center], ends[2] = {from[s], to[s]};
        if (walks + people > room) { /* no more homes than there are for one center */
            room = 2 * room + people;
            walk_row = realloc(walk_row, room * sizeof(int)), walk = realloc(walk, room * sizeof(double));
        }
        for (int end = 0; end < 2; end++)
            if (last[center][end] <= limit && last[center][end] < reached[ends[end]]) {
                if (reached[ends[end]] == FAR) touched[count++] = ends[end];
                push(reached[ends[end]] = last[center][end], ends[end]);
            }
        while (size) {
            Entry top = pop();
            if (top.minutes > reached[top.junction]) continue;
            for (int k = indptr[top.junction]; k < indptr[top.junction + 1]; k++) {
                double m = top.minutes + minutes[k];
                if (m > limit || m >= reached[neighbour[k]]) continue;
                if (reached[neighbour[k]] == FAR) touched[count++] = neighbour[k];
                push(reached[neighbour[k]] = m, neighbour[k]);
            }
        }
        stamp[s] = center;
        for (int slot = first_home[s]; slot < first_home[s + 1]; slot++) {
            double m = fmin(reached[from[s]] + to_start[slot], reached[to[s]] + to_end[slot]);
            m = fmin(m, straight(center, slot));
            if (m <= limit) walk_row[walks] = row[slot], walk[walks++] = m;
        }
        for (int i = 0; i < count; i++)
            for (int k = first_segment[touched[i]]; k < first_segment[touched[i] + 1]; k++) {
                int other = around[k];
                if (stamp[other] == center) continue;
                stamp[other] = center;
                double start = reached[from[other]], end = reached[to[other]];
                for (int slot = first_home[other]; slot < first_home[other + 1]; slot++) {
                    double m = fmin(start + to_start[slot], end + to_end[slot]);
                    if (m <= limit) walk_row[walks] = row[slot], walk[walks++] = m;
                }
            }
        for (int i = 0; i < count; i++) reached[touched[i]] = FAR;
    }
    free(touched), free(stamp);
}

/* The nearest center of every home, however far. */
static double *least;
static int *which;

static void find_nearest(void) {
    int *source = malloc(junctions * sizeof(int));
    least = malloc(people * sizeof(double)), which = malloc(people * sizeof(int));
    for (int center = 0; center < centers; center++) {
        if (own[center] < 0) continue;
        int ends[2] = {from[own[center]], to[own[center]]};
        for (int end = 0; end < 2; end++)
            if (last[center][end] < reached[ends[end]])
                source[ends[end]] = center, push(reached[ends[end]] = last[center][end], ends[end]);
    }
    while (size) {
        Entry top = pop();
        if (top.minutes > reached[top.junction]) continue;
        for (int k = indptr[top.junction]; k < indptr[top.junction + 1]; k++)
            if (top.minutes + minutes[k] < reached[neighbour[k]]) {
                source[neighbour[k]] = source[top.junction];
                push(reached[neighbour[k]] = top.minutes + minutes[k], neighbour[k]);
            }
    }
    for (long i = 0; i < people; i++) least[i] = FAR, which[i] = -1;
    for (long s = 0; s < segments; s++)
        for (int slot = first_home[s]; slot < first_home[s + 1]; slot++) {
            double start = reached[from[s]] + to_start[slot], end = reached[to[s]] + to_end[slot];
            least[row[slot]] = fmin(start, end), which[row[slot]] = source[start <= end ? from[s] : to[s]];
        }
    for (int center = 0; center < centers; center++)
        if (own[center] >= 0)
            for (int slot = first_home[own[center]]; slot < first_home[own[center] + 1]; slot++)
                if (straight(center, slot) < least[row[slot]])
                    least[row[slot]] = straight(center, slot), which[row[slot]] = center;
    for (long j = 0; j < junctions; j++) reached[j] = FAR;
    free(source);
}

int main(int count, char **words) {
    if (count != 4) return 2;
    folder = words[1], limit = atof(words[2]), pace = atof(words[3]);
    indptr = array("indptr", 4, &junctions), junctions--;
    neighbour = array("neighbour", 4, &ignored), minutes = array("minutes", 8, &ignored);
    piece = array("piece", 32, &pieces), piece_segment = array("piece_segment", 4, &ignored);
    before = array("before", 8, &ignored), span = array("span", 8, &ignored);
    from = array("from", 4, &segments), to = array("to", 4, &ignored);
    forward = array("forward", 8, &ignored), backward = array("backward", 8, &ignored);
    home = array("home", 16, &people);
    own = array("own", 4, &centers), at = array("at", 8, &ignored), off = array("off", 8, &ignored);
    last = array("last", 16, &ignored);
    heap = malloc((indptr[junctions] + 2 * centers + 1) * sizeof(Entry));
    reached = malloc(junctions * sizeof(double));
    for (long j = 0; j < junctions; j++) reached[j] = FAR;

    double best[STEPS] = {FAR, FAR, FAR, FAR, FAR}, sum = 0, sum_nearest = 0;
    void (*step[STEPS])(void) = {make_grid, attach, lay_out, reach, find_nearest};
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < STEPS; i++) {
            double begun = now();
            step[i]();
            best[i] = fmin(best[i], now() - begun);
        }
        sum = sum_nearest = 0;
        for (long i = 0; i < walks; i++) sum += walk[i];
        for (long i = 0; i < people; i++) sum_nearest += least[i] < FAR ? least[i] : 0;
        void *made[] = {opens, listed, nearest, square, first_home, row, first_segment, around, to_start,
                        to_end, place, approach, walk_row, walk, least, which};
        for (size_t i = 0; i < sizeof made / sizeof *made; i++) free(made[i]);
    }
    printf("%ld %.15g %.15g", walks, sum, sum_nearest);
    for (int i = 0; i < STEPS; i++) printf(" %.2f", best[i]);
    printf("\n");
    return 0;
}
