/*
 * libpri on the far end of a span: a test peer, never shipped.
 *
 * libpri_peer net|cpe [ptp|ptmp]: on a primary rate access, or on a basic one point to point or to multipoint; frames (without FCS) come and go on file descriptor 3, one a datagram; commands come on standard input and events
 * go to standard output, one a line.
 *
 *   call ID CHANNEL CALLED CALLING   set up a call (CALLED "-": overlap, digits follow)
 *   digit ID DIGIT                   one more digit
 *   hangup ID CAUSE                  clear
 *   restart CHANNEL                  RESTART one channel
 *
 * Calls that come in are treated by the last digit of their called number: 1 busy, 2 rings for ever, 3 unallocated, 4 answers and
 * clears at once, else rings and is answered. Numbers of less than four digits without "sending complete" wait for more.
 */
#include <libpri.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WIRE 3
#define CALLS 65536

static q931_call *calls[CALLS];
static char number_so_far[256][512];
static q931_call *collecting[256];

static int read_frame(struct pri *pri, void *buffer, int length)
{
	(void)pri;
	int got = recv(WIRE, buffer, length - 2, MSG_DONTWAIT);
	/* libpri expects two octets of FCS behind each frame. */
	return got <= 0 ? 0 : got + 2;
}

static int write_frame(struct pri *pri, void *buffer, int length)
{
	(void)pri;
	return send(WIRE, buffer, length - 2, 0) < 0 ? -1 : length;
}

static void complain(struct pri *pri, char *text)
{
	(void)pri;
	fprintf(stderr, "libpri: %s", text);
}

static int id_of(q931_call *call)
{
	for (int id = 0; id < CALLS; id++)
		if (calls[id] == call)
			return id;
	return -1;
}

static void forget(q931_call *call)
{
	int id = id_of(call);
	if (id >= 0)
		calls[id] = NULL;
	for (int slot = 0; slot < 256; slot++)
		if (collecting[slot] == call)
			collecting[slot] = NULL;
}

static void treat(struct pri *pri, q931_call *call, int channel, const char *number)
{
	char last = number[strlen(number) - 1];
	if (last == '1') {
		/* libpri keeps silent if it clears with "busy" before it has answered the SETUP. */
		pri_proceeding(pri, call, channel, 0);
		pri_hangup(pri, call, PRI_CAUSE_USER_BUSY);
		return;
	}
	if (last == '3') {
		pri_hangup(pri, call, PRI_CAUSE_UNALLOCATED);
		return;
	}
	pri_proceeding(pri, call, channel, 0);
	pri_acknowledge(pri, call, channel, 0);
	if (last == '2')
		return;
	pri_answer(pri, call, channel, 0);
	if (last == '4')
		pri_hangup(pri, call, PRI_CAUSE_NORMAL_CLEARING);
}

static void ring(struct pri *pri, pri_event_ring *e)
{
	printf("ring %d %d %s %s %d\n", e->cref, e->channel, e->callednum[0] ? e->callednum : "-",
	       e->callingnum[0] ? e->callingnum : "-", e->complete);
	if (!e->complete && strlen(e->callednum) < 4) {
		int slot = e->channel & 255;
		collecting[slot] = e->call;
		snprintf(number_so_far[slot], sizeof number_so_far[slot], "%s", e->callednum);
		pri_need_more_info(pri, e->call, e->channel, 0);
		return;
	}
	treat(pri, e->call, e->channel, e->callednum);
}

static void more_digits(struct pri *pri, pri_event_ring *e)
{
	for (int slot = 0; slot < 256; slot++) {
		if (collecting[slot] != e->call)
			continue;
		char *number = number_so_far[slot];
		strncat(number, e->callednum, sizeof number_so_far[slot] - strlen(number) - 1);
		if (strlen(number) < 4)
			return;
		collecting[slot] = NULL;
		printf("collected %d %s\n", e->cref, number);
		treat(pri, e->call, slot, number);
		return;
	}
}

static void handle(struct pri *pri, pri_event *e)
{
	switch (e->e) {
	case PRI_EVENT_DCHAN_UP:
		printf("up\n");
		break;
	case PRI_EVENT_DCHAN_DOWN:
		printf("down\n");
		break;
	case PRI_EVENT_RESTART:
		printf("restart %d\n", e->restart.channel);
		break;
	case PRI_EVENT_RESTART_ACK:
		printf("restartack %d\n", e->restartack.channel);
		break;
	case PRI_EVENT_RING:
		ring(pri, &e->ring);
		break;
	case PRI_EVENT_INFO_RECEIVED:
		more_digits(pri, &e->ring);
		break;
	case PRI_EVENT_SETUP_ACK:
		printf("setupack %d\n", id_of(e->setup_ack.call));
		break;
	case PRI_EVENT_PROCEEDING:
		printf("proceeding %d\n", id_of(e->proceeding.call));
		break;
	case PRI_EVENT_RINGING:
		printf("ringing %d\n", id_of(e->ringing.call));
		break;
	case PRI_EVENT_ANSWER:
		printf("answered %d\n", id_of(e->answer.call));
		break;
	case PRI_EVENT_HANGUP:
	case PRI_EVENT_HANGUP_REQ:
	case PRI_EVENT_HANGUP_ACK:
		printf("%s %d %d\n", e->e == PRI_EVENT_HANGUP_REQ ? "disconnect" : "gone", id_of(e->hangup.call),
		       e->hangup.cause);
		if (e->e != PRI_EVENT_HANGUP_REQ)
			forget(e->hangup.call);
		pri_hangup(pri, e->hangup.call, -1);
		break;
	default:
		printf("event %d\n", e->e);
	}
	fflush(stdout);
}

static void set_up(struct pri *pri, int id, int channel, char *called, char *calling)
{
	struct pri_sr *request = pri_sr_new();
	int overlap = strcmp(called, "-") == 0;
	calls[id] = pri_new_call(pri);
	pri_sr_set_channel(request, channel, 1, 0);
	pri_sr_set_bearer(request, PRI_TRANS_CAP_SPEECH, PRI_LAYER_1_ALAW);
	pri_sr_set_called(request, overlap ? "" : called, PRI_UNKNOWN, !overlap);
	pri_sr_set_caller(request, calling, NULL, PRI_NATIONAL_ISDN, PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN);
	if (pri_setup(pri, calls[id], request))
		printf("refused %d\n", id);
	pri_sr_free(request);
}

static void command(struct pri *pri, char *line)
{
	int id, number;
	char called[64], calling[64], digit;
	if (sscanf(line, "call %d %d %63s %63s", &id, &number, called, calling) == 4)
		set_up(pri, id, number, called, calling);
	else if (sscanf(line, "digit %d %c", &id, &digit) == 2 && calls[id])
		pri_information(pri, calls[id], digit);
	else if (sscanf(line, "hangup %d %d", &id, &number) == 2 && calls[id])
		pri_hangup(pri, calls[id], number);
	else if (sscanf(line, "restart %d", &number) == 1)
		pri_reset(pri, number);
	else
		printf("unknown %s\n", line);
	fflush(stdout);
}

static int milliseconds_left(struct pri *pri)
{
	struct timeval now, *next = pri_schedule_next(pri);
	if (!next)
		return 1000;
	gettimeofday(&now, NULL);
	long left = (next->tv_sec - now.tv_sec) * 1000 + (next->tv_usec - now.tv_usec) / 1000;
	return left < 0 ? 0 : left > 1000 ? 1000 : (int)left + 1;
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3)
		return 2;
	pri_set_error(complain);
	int side = strcmp(argv[1], "net") == 0 ? PRI_NETWORK : PRI_CPE;
	struct pri *pri;
	if (argc == 2)
		pri = pri_new_cb(WIRE, side, PRI_SWITCH_EUROISDN_E1, read_frame, write_frame, NULL);
	else
		pri = pri_new_bri_cb(WIRE, strcmp(argv[2], "ptp") == 0, side, PRI_SWITCH_EUROISDN_E1, read_frame, write_frame,
		                     NULL);
	if (!pri)
		return 1;
	if (argc == 3 && strcmp(argv[2], "ptmp") == 0) {
		/* On a bus a refusal is told to the caller only when no other terminal can answer any more: not to wait for that each time. */
		pri_set_timer(pri, PRI_TIMER_T303, 1500);
		pri_set_timer(pri, PRI_TIMER_T312, 1600);
	}
	pri_set_overlapdial(pri, 1);
	pri_hangup_fix_enable(pri, 1);
	static char input[65536];
	size_t filled = 0;
	for (;;) {
		struct pollfd wait[2] = {{WIRE, POLLIN, 0}, {0, POLLIN, 0}};
		poll(wait, 2, milliseconds_left(pri));
		pri_event *e = pri_schedule_run(pri);
		if (e)
			handle(pri, e);
		if (wait[0].revents & POLLIN && (e = pri_check_event(pri)))
			handle(pri, e);
		if (wait[0].revents & POLLHUP)
			return 0;
		if (!(wait[1].revents & (POLLIN | POLLHUP)))
			continue;
		ssize_t got = read(0, input + filled, sizeof input - filled - 1);
		if (got <= 0)
			return 0;
		filled += got;
		input[filled] = 0;
		char *line = input, *end;
		while ((end = strchr(line, '\n'))) {
			*end = 0;
			command(pri, line);
			line = end + 1;
		}
		filled = strlen(line);
		memmove(input, line, filled + 1);
	}
}
