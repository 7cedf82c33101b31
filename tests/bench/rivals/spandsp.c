/* spandsp's receivers of DTMF and MFC on files of samples: the rival of the detector benchmark. Built and run by it, never shipped.

   spandsp KIND FILE CHANNELS ROUNDS
   KIND: dtmf, forward, backward. FILE: 16-bit samples, a block of 20 ms (MFC: 5 ms) of each channel, then the next ones.
   Prints the nanoseconds of the fastest round, then a line per channel with what was heard. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <spandsp.h>

enum { HEARD = 256 };

struct channel {
    char heard[HEARD];
    int count;
};

static void hear(struct channel *channel, int what)
{
    if (channel->count < HEARD - 1)
        channel->heard[channel->count++] = (char) what;
}

static void keys(void *user_data, const char *digits, int length)
{
    for (int i = 0; i < length; i++)
        hear(user_data, digits[i]);
}

static void signal_changed(void *user_data, int code, int level, int delay)
{
    (void) level;
    (void) delay;
    hear(user_data, code ? code : '.');
}

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char *argv[])
{
    if (argc != 5)
        return 2;
    int dtmf = strcmp(argv[1], "dtmf") == 0;
    int forward = strcmp(argv[1], "forward") == 0;
    int channels = atoi(argv[3]);
    int rounds = atoi(argv[4]);
    FILE *file = fopen(argv[2], "rb");
    if (!file || channels < 1)
        return 1;
    fseek(file, 0, SEEK_END);
    long samples = ftell(file) / 2;
    rewind(file);
    int16_t *all = malloc(samples * 2);
    struct channel *heard = calloc(channels, sizeof *heard);
    if (!all || !heard || fread(all, 2, samples, file) != (size_t) samples)
        return 1;
    long each = samples / channels;
    int block = dtmf ? 160 : 40;
    int64_t best = INT64_MAX;
    for (int round = 0; round < rounds; round++) {
        void **receivers = calloc(channels, sizeof *receivers);
        for (int c = 0; c < channels; c++) {
            heard[c].count = 0;
            receivers[c] = dtmf ? (void *) dtmf_rx_init(NULL, keys, &heard[c])
                                : (void *) r2_mf_rx_init(NULL, forward, signal_changed, &heard[c]);
        }
        int64_t started = nanoseconds();
        /* As a box does: a block of every channel, then the next one. */
        for (long at = 0; at < each; at += block) {
            for (int c = 0; c < channels; c++) {
                const int16_t *samples_here = all + at * channels + c * block;
                if (dtmf)
                    dtmf_rx(receivers[c], samples_here, block);
                else
                    r2_mf_rx(receivers[c], samples_here, block);
            }
        }
        int64_t took = nanoseconds() - started;
        if (took < best)
            best = took;
        for (int c = 0; c < channels; c++) {
            if (dtmf)
                dtmf_rx_free(receivers[c]);
            else
                r2_mf_rx_free(receivers[c]);
        }
        free(receivers);
    }
    printf("%lld\n", (long long) best);
    for (int c = 0; c < channels; c++)
        printf("%.*s\n", heard[c].count, heard[c].heard);
    return 0;
}
