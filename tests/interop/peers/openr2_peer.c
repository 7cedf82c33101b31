/*
 * libopenr2 on the far end of a span: a test peer, never shipped.
 *
 * openr2_peer cn|itu MAX_ANI MAX_DNIS: libopenr2 as Debian builds it knows DAHDI channels only, so this program answers its ioctl, read and
 * write calls itself, and its clock: time goes on only by the ticks that come on file descriptor 3, one a datagram.
 *
 *   T, then for each channel 1 to 31 a CAS octet and 160 octets of A-law: what the line brings in 20 ms; answered by E datagrams with an
 *      event each and then by T with what the line gets
 *   C, then a command: "call CHANNEL DNIS ANI" or "hangup CHANNEL"
 *
 * Calls that come in are treated by the last digit of their called number: 1 busy, 3 unallocated, 4 answers and clears after 200 ms,
 * else accepted and answered.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <openr2.h>

#define WIRE 3
#define CHANNELS 32
#define BLOCK 160
#define TICK_MS 20
#define FIRST_FD 1000
#define ALAW_SILENCE 0xd5

/* From the DAHDI user interface: numbers and layouts as the kernel has them on x86_64. */
#define DAHDI_GET_PARAMS 0xc088da05u
#define DAHDI_GETEVENT 0x8004da08u
#define DAHDI_IOMUX 0xc004da09u
#define DAHDI_SETTXBITS 0x4004da2bu
#define DAHDI_GETRXBITS 0x8004da2bu
#define DAHDI_FLUSH 0x4004da03u
#define DAHDI_EVENT_BITSCHANGED 13
#define DAHDI_IOMUX_READ 1
#define DAHDI_IOMUX_WRITE 2
#define DAHDI_IOMUX_SIGEVENT 8
#define DAHDI_FLUSH_READ 1
#define DAHDI_FLUSH_WRITE 2
#define DAHDI_SIG_CAS (1 << 15)
#define DAHDI_LAW_ALAW 2

struct params {
	int channo, spanno, chanpos, sigtype, sigcap, rxisoffhook, rxbits, txbits, txhooksig, rxhooksig, curlaw, idlebits;
	char name[40];
	int times[11];
	int alarms;
};

struct channel {
	openr2_chan_t *r2;
	uint8_t received[BLOCK];
	int waiting;
	uint8_t sending[4 * BLOCK];
	int queued;
	int rx_bits, tx_bits, bits_changed;
	int answers, clears, clears_in;
};

static struct channel channels[CHANNELS];
static long now_ms = 1000000;

static struct channel *channel_of(int fd)
{
	int number = fd - FIRST_FD;
	return number > 0 && number < CHANNELS ? &channels[number] : NULL;
}

/* libopenr2's clock. */
int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	(void)zone;
	time->tv_sec = now_ms / 1000;
	time->tv_usec = now_ms % 1000 * 1000;
	return 0;
}

ssize_t read(int fd, void *buffer, size_t length)
{
	struct channel *channel = channel_of(fd);
	if (!channel)
		return syscall(SYS_read, fd, buffer, length);
	size_t got = (size_t)channel->waiting < length ? (size_t)channel->waiting : length;
	memcpy(buffer, channel->received, got);
	channel->waiting = 0;
	return got;
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	struct channel *channel = channel_of(fd);
	if (!channel)
		return syscall(SYS_write, fd, buffer, length);
	size_t room = sizeof channel->sending - channel->queued;
	size_t took = room < length ? room : length;
	memcpy(channel->sending + channel->queued, buffer, took);
	channel->queued += took;
	return took;
}

static int get_params(int number, struct params *params)
{
	memset(params, 0, sizeof *params);
	params->channo = params->chanpos = number;
	params->spanno = 1;
	params->sigtype = params->sigcap = DAHDI_SIG_CAS;
	params->rxbits = channels[number].rx_bits;
	params->curlaw = DAHDI_LAW_ALAW;
	return 0;
}

static int io_mux(struct channel *channel, int *flags)
{
	int ready = 0;
	if (channel->waiting)
		ready |= DAHDI_IOMUX_READ;
	if (channel->queued < BLOCK)
		ready |= DAHDI_IOMUX_WRITE;
	if (channel->bits_changed)
		ready |= DAHDI_IOMUX_SIGEVENT;
	*flags &= ready;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	struct channel *channel = channel_of(fd);
	if (!channel)
		return syscall(SYS_ioctl, fd, request, argument);
	switch ((unsigned)request) {
	case DAHDI_GET_PARAMS:
		return get_params(fd - FIRST_FD, argument);
	case DAHDI_GETEVENT:
		*(int *)argument = channel->bits_changed ? DAHDI_EVENT_BITSCHANGED : 0;
		channel->bits_changed = 0;
		return 0;
	case DAHDI_IOMUX:
		return io_mux(channel, argument);
	case DAHDI_SETTXBITS:
		channel->tx_bits = *(int *)argument;
		return 0;
	case DAHDI_GETRXBITS:
		*(int *)argument = channel->rx_bits;
		return 0;
	case DAHDI_FLUSH:
		if (*(int *)argument & DAHDI_FLUSH_WRITE)
			channel->queued = 0;
		if (*(int *)argument & DAHDI_FLUSH_READ)
			channel->waiting = 0;
		return 0;
	default:
		/* Buffer sizes, audio mode, gains: nothing to do for them here. */
		return 0;
	}
}

static void tell(const char *format, ...)
{
	char text[256] = "E";
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text + 1, sizeof text - 1, format, arguments);
	va_end(arguments);
	if (send(WIRE, text, strlen(text), 0) < 0)
		exit(2);
}

static int number_of(openr2_chan_t *r2)
{
	for (int number = 1; number < CHANNELS; number++)
		if (channels[number].r2 == r2)
			return number;
	return 0;
}

static void on_call_init(openr2_chan_t *r2)
{
	tell("init %d", number_of(r2));
}

static void on_call_offered(openr2_chan_t *r2, const char *ani, const char *dnis, openr2_calling_party_category_t category)
{
	int number = number_of(r2);
	(void)category;
	tell("offered %d %s %s", number, dnis, ani && *ani ? ani : "-");
	char last = *dnis ? dnis[strlen(dnis) - 1] : 0;
	if (last == '1')
		openr2_chan_disconnect_call(r2, OR2_CAUSE_BUSY_NUMBER);
	else if (last == '3')
		openr2_chan_disconnect_call(r2, OR2_CAUSE_UNALLOCATED_NUMBER);
	else {
		channels[number].clears = last == '4';
		openr2_chan_accept_call(r2, OR2_CALL_WITH_CHARGE);
	}
}

static void on_call_accepted(openr2_chan_t *r2, openr2_call_mode_t mode)
{
	int number = number_of(r2);
	(void)mode;
	tell("accepted %d", number);
	if (openr2_chan_get_direction(r2) == OR2_DIR_BACKWARD)
		channels[number].answers = 1;
}

static void on_call_answered(openr2_chan_t *r2)
{
	tell("answered %d", number_of(r2));
}

static void on_call_disconnect(openr2_chan_t *r2, openr2_call_disconnect_cause_t cause)
{
	tell("disconnect %d %d", number_of(r2), (int)cause);
	openr2_chan_disconnect_call(r2, OR2_CAUSE_NORMAL_CLEARING);
}

static void on_call_end(openr2_chan_t *r2)
{
	tell("end %d", number_of(r2));
}

static void on_call_read(openr2_chan_t *r2, const unsigned char *buffer, int length)
{
	(void)r2, (void)buffer, (void)length;
}

static void on_os_error(openr2_chan_t *r2, int error)
{
	tell("oserror %d %d", number_of(r2), error);
}

static void on_hardware_alarm(openr2_chan_t *r2, int alarm)
{
	tell("alarm %d %d", number_of(r2), alarm);
}

static void on_protocol_error(openr2_chan_t *r2, openr2_protocol_error_t error)
{
	tell("error %d %s", number_of(r2), openr2_proto_get_error(error));
}

static void on_line_blocked(openr2_chan_t *r2)
{
	tell("blocked %d", number_of(r2));
}

static void on_line_idle(openr2_chan_t *r2)
{
	tell("idle %d", number_of(r2));
}

static int on_dnis(openr2_chan_t *r2, char digit)
{
	(void)r2, (void)digit;
	return 1;
}

static void on_ani(openr2_chan_t *r2, char digit)
{
	(void)r2, (void)digit;
}

static void on_pulse(openr2_chan_t *r2)
{
	(void)r2;
}

static void on_log(openr2_context_t *context, openr2_log_level_t level, const char *format, va_list arguments)
{
	(void)context, (void)level;
	vfprintf(stderr, format, arguments);
}

static void on_channel_log(openr2_chan_t *r2, openr2_log_level_t level, const char *format, va_list arguments)
{
	(void)level;
	fprintf(stderr, "%ld channel %d: ", now_ms, number_of(r2));
	vfprintf(stderr, format, arguments);
}

static openr2_event_interface_t events = {
	.on_call_init = on_call_init,
	.on_call_offered = on_call_offered,
	.on_call_accepted = on_call_accepted,
	.on_call_answered = on_call_answered,
	.on_call_disconnect = on_call_disconnect,
	.on_call_end = on_call_end,
	.on_call_read = on_call_read,
	.on_hardware_alarm = on_hardware_alarm,
	.on_os_error = on_os_error,
	.on_protocol_error = on_protocol_error,
	.on_line_blocked = on_line_blocked,
	.on_line_idle = on_line_idle,
	.on_context_log = on_log,
	.on_dnis_digit_received = on_dnis,
	.on_ani_digit_received = on_ani,
	.on_billing_pulse_received = on_pulse,
};

static void work(int number)
{
	struct channel *channel = &channels[number];
	/* Bits, then speech: each turn of the library takes one of them. */
	for (int turn = 0; turn < 4; turn++)
		openr2_chan_process_event(channel->r2);
	if (channel->answers) {
		channel->answers = 0;
		openr2_chan_answer_call(channel->r2);
		channel->clears_in = channel->clears ? 10 : 0;
	} else if (channel->clears_in && --channel->clears_in == 0)
		openr2_chan_disconnect_call(channel->r2, OR2_CAUSE_NORMAL_CLEARING);
}

static void tick(const uint8_t *data)
{
	uint8_t answer[1 + (CHANNELS - 1) * (1 + BLOCK)];
	now_ms += TICK_MS;
	answer[0] = 'T';
	for (int number = 1; number < CHANNELS; number++) {
		struct channel *channel = &channels[number];
		const uint8_t *in = data + (number - 1) * (1 + BLOCK);
		uint8_t *out = answer + 1 + (number - 1) * (1 + BLOCK);
		int sent = 0;
		if (channel->r2) {
			channel->bits_changed |= channel->rx_bits != in[0];
			channel->rx_bits = in[0];
			memcpy(channel->received, in + 1, BLOCK);
			channel->waiting = BLOCK;
			sent = channel->queued < BLOCK ? channel->queued : BLOCK;
			memcpy(out + 1, channel->sending, sent);
			channel->queued -= sent;
			memmove(channel->sending, channel->sending + sent, channel->queued);
			work(number);
		}
		out[0] = channel->tx_bits;
		memset(out + 1 + sent, ALAW_SILENCE, BLOCK - sent);
	}
	if (send(WIRE, answer, sizeof answer, 0) < 0)
		exit(2);
}

static void command(const char *text)
{
	int number;
	char dnis[64], ani[64];
	if (sscanf(text, "call %d %63s %63s", &number, dnis, ani) == 3 && number > 0 && number < CHANNELS) {
		const char *caller = strcmp(ani, "-") ? ani : "";
		if (openr2_chan_make_call(channels[number].r2, caller, dnis, OR2_CALLING_PARTY_CATEGORY_NATIONAL_SUBSCRIBER))
			tell("refused %d", number);
	} else if (sscanf(text, "hangup %d", &number) == 1 && number > 0 && number < CHANNELS)
		openr2_chan_disconnect_call(channels[number].r2, OR2_CAUSE_NORMAL_CLEARING);
}

int main(int count, char **words)
{
	if (count != 4)
		return 1;
	openr2_variant_t variant = strcmp(words[1], "cn") ? OR2_VAR_ITU : OR2_VAR_CHINA;
	openr2_context_t *context =
		openr2_context_new(NULL, &events, NULL, variant, atoi(words[2]), atoi(words[3]));
	if (!context)
		return 1;
	openr2_context_set_ani_first(context, 0);
	openr2_context_set_skip_category_request(context, atoi(words[2]) == 0);
	int loud = getenv("OPENR2_LOG") != NULL;
	openr2_context_set_log_level(context, loud ? OR2_LOG_CAS_TRACE | OR2_LOG_MF_TRACE | OR2_LOG_ERROR | OR2_LOG_WARNING : OR2_LOG_NOTHING);
	for (int number = 1; number < CHANNELS; number++) {
		if (number == 16)
			continue;
		/* Idle as the far end says it first: 1 0. The library asks for it when told of a change. */
		channels[number].rx_bits = 0x9;
		channels[number].bits_changed = 1;
		channels[number].r2 = openr2_chan_new_from_fd(context, FIRST_FD + number, NULL, NULL);
		if (!channels[number].r2) {
			fprintf(stderr, "channel %d: %s\n", number, openr2_context_error_string(openr2_context_get_last_error(context)));
			return 1;
		}
		openr2_chan_set_logging_func(channels[number].r2, on_channel_log);
		openr2_chan_set_log_level(channels[number].r2, loud ? OR2_LOG_CAS_TRACE | OR2_LOG_MF_TRACE | OR2_LOG_ERROR | OR2_LOG_WARNING : OR2_LOG_NOTHING);
		openr2_chan_set_idle(channels[number].r2);
	}
	static uint8_t datagram[1 + (CHANNELS - 1) * (1 + BLOCK) + 1];
	for (;;) {
		ssize_t got = recv(WIRE, datagram, sizeof datagram - 1, 0);
		if (got <= 0)
			return 0;
		datagram[got] = 0;
		if (datagram[0] == 'T' && got == sizeof datagram - 1)
			tick(datagram + 1);
		else if (datagram[0] == 'C')
			command((const char *)datagram + 1);
	}
}
