/* The echo cancellers of spandsp and of speexdsp, filters alone, on files of samples: the rivals of the echo benchmark. Built and run by it,
   never shipped.

   echo KIND TAPS IN OUT CHANNELS ROUNDS
   KIND: spandsp, speex. IN: 16-bit samples; of each channel all that was sent, then all that came back. OUT: what is left, channel by channel.
   Prints the nanoseconds of the fastest round. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <spandsp.h>
#include <speex/speex_echo.h>

enum { BLOCK = 160 };

/* Debian's spandsp prints two lines a sample, which would be most of its time: the library finds these instead of the C library's. */
int printf(const char *format, ...)
{
    (void) format;
    return 0;
}

int __printf_chk(int flag, const char *format, ...)
{
    (void) flag;
    (void) format;
    return 0;
}

int puts(const char *words)
{
    (void) words;
    return 0;
}

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char *argv[])
{
    if (argc != 7)
        return 2;
    int speex = strcmp(argv[1], "speex") == 0;
    int taps = atoi(argv[2]);
    int channels = atoi(argv[5]);
    int rounds = atoi(argv[6]);
    FILE *file = fopen(argv[3], "rb");
    if (!file || channels < 1)
        return 1;
    fseek(file, 0, SEEK_END);
    long samples = ftell(file) / 2;
    rewind(file);
    int16_t *in = malloc(samples * 2);
    int16_t *out = malloc(samples);
    if (!in || !out || fread(in, 2, samples, file) != (size_t) samples)
        return 1;
    fclose(file);
    long each = samples / channels / 2;
    int64_t best = INT64_MAX;
    for (int round = 0; round < rounds; round++) {
        void **cancellers = calloc(channels, sizeof *cancellers);
        for (int c = 0; c < channels; c++) {
            if (speex) {
                int rate = 8000;
                cancellers[c] = speex_echo_state_init(BLOCK, taps);
                speex_echo_ctl(cancellers[c], SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
            } else {
                cancellers[c] = echo_can_init(taps, ECHO_CAN_USE_ADAPTION);
            }
        }
        int64_t started = nanoseconds();
        /* As a box does: a block of every channel, then the next one. */
        for (long at = 0; at + BLOCK <= each; at += BLOCK) {
            for (int c = 0; c < channels; c++) {
                const int16_t *sent = in + 2 * c * each + at;
                const int16_t *back = sent + each;
                int16_t *left = out + c * each + at;
                if (speex) {
                    speex_echo_cancellation(cancellers[c], back, sent, left);
                } else {
                    for (int n = 0; n < BLOCK; n++)
                        left[n] = echo_can_update(cancellers[c], sent[n], back[n]);
                }
            }
        }
        int64_t took = nanoseconds() - started;
        if (took < best)
            best = took;
        for (int c = 0; c < channels; c++) {
            if (speex)
                speex_echo_state_destroy(cancellers[c]);
            else
                echo_can_free(cancellers[c]);
        }
        free(cancellers);
    }
    file = fopen(argv[4], "wb");
    if (!file || fwrite(out, 2, each * channels, file) != (size_t) (each * channels) || fclose(file))
        return 1;
    fprintf(stdout, "%lld\n", (long long) best);
    return 0;
}
