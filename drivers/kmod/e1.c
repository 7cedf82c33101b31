// SPDX-License-Identifier: GPL-2.0
/*
 * Two E1 spans, each the far end of the other.
 */
#include "linecard.h"

#define ALL_ONES	0xff
#define BITS_OF_CHUNK	(FC_SLOTS * DAHDI_CHUNKSIZE * 8)

static struct fc_e1 *e1_of(struct dahdi_span *span)
{
	return container_of(span, struct fc_e1, span);
}

static int e1_startup(struct file *file, struct dahdi_span *span)
{
	e1_of(span)->running = true;
	return 0;
}

static int e1_shutdown(struct dahdi_span *span)
{
	e1_of(span)->running = false;
	span->flags &= ~DAHDI_FLAG_RUNNING;
	return 0;
}

static int e1_spanconfig(struct file *file, struct dahdi_span *span, struct dahdi_lineconfig *config)
{
	span->syncsrc = 0;
	return 0;
}

static int e1_chanconfig(struct file *file, struct dahdi_chan *chan, int sigtype)
{
	return 0;
}

static int e1_rbsbits(struct dahdi_chan *chan, int bits)
{
	e1_of(chan->span)->sent[chan->chanpos - 1] = bits & 0xf;
	return 0;
}

static int e1_maint(struct dahdi_span *span, int command)
{
	switch (command) {
	case DAHDI_MAINT_NONE:
	case DAHDI_MAINT_LOCALLOOP:
		/* The tick looks at maintstat. */
		return 0;
	case DAHDI_RESET_COUNTERS:
		memset(&span->count, 0, sizeof(span->count));
		return 0;
	default:
		return -ENOSYS;
	}
}

static u32 next_random(struct fc_e1 *e1)
{
	e1->random = e1->random * 1664525 + 1013904223;
	return e1->random >> 8;
}

/* Wrong bits at their mean distance, give or take a half. */
static void spoil(struct fc_e1 *e1)
{
	unsigned int wrong = 0;
	s64 at = e1->until_error;

	if (!e1->fault.bit_errors) {
		e1->until_error = 0;
		return;
	}
	while (at < BITS_OF_CHUNK) {
		unsigned int octet = (unsigned int)at / 8;
		unsigned int mean = max(1000000 / e1->fault.bit_errors, 1U);

		e1->channel[octet / DAHDI_CHUNKSIZE].readchunk[octet % DAHDI_CHUNKSIZE] ^= 1 << (at % 8);
		at += 1 + mean / 2 + next_random(e1) % max(mean, 1U);
		wrong++;
	}
	e1->until_error = at - BITS_OF_CHUNK;
	if (wrong) {
		e1->span.count.be += wrong;
		/* A millisecond is half a sub-multiframe of CRC-4: at most one is wrong. */
		e1->span.count.crc4++;
	}
}

static void bring(struct fc_e1 *e1, const struct fc_e1 *from)
{
	int slot;

	for (slot = 0; slot < FC_SLOTS; slot++) {
		u8 *store = e1->store[slot];

		memmove(store, store + DAHDI_CHUNKSIZE, FC_STORE - DAHDI_CHUNKSIZE);
		memcpy(store + FC_STORE - DAHDI_CHUNKSIZE, from->channel[slot].writechunk, DAHDI_CHUNKSIZE);
		memcpy(e1->channel[slot].readchunk, store + FC_STORE - DAHDI_CHUNKSIZE - e1->delay, DAHDI_CHUNKSIZE);
	}
	spoil(e1);
}

/* A span can be unassigned while the card runs, as if it were pulled. */
static bool assigned(const struct fc_e1 *e1)
{
	return test_bit(DAHDI_FLAGBIT_REGISTERED, &e1->span.flags);
}

static int alarms_of(const struct fc_e1 *e1)
{
	if (e1->fault.los || !e1->peer->running || !assigned(e1->peer))
		return DAHDI_ALARM_RED | DAHDI_ALARM_LOS;
	if (e1->fault.ais)
		return DAHDI_ALARM_BLUE;
	/* G.732 4.2: who does not receive says so to the far end. */
	if (e1->peer->span.alarms & (DAHDI_ALARM_RED | DAHDI_ALARM_BLUE))
		return DAHDI_ALARM_YELLOW;
	return 0;
}

static void receive(struct fc_e1 *e1)
{
	const bool looped = e1->span.maintstat == DAHDI_MAINT_LOCALLOOP;
	const struct fc_e1 *from = looped ? e1 : e1->peer;
	int alarms = looped ? 0 : alarms_of(e1);
	int slot;

	if (alarms & (DAHDI_ALARM_RED | DAHDI_ALARM_BLUE)) {
		for (slot = 0; slot < FC_SLOTS; slot++)
			memset(e1->channel[slot].readchunk, ALL_ONES, DAHDI_CHUNKSIZE);
	} else {
		bring(e1, from);
		/* Timeslot 16 is the carrier of CAS and has no bits of its own. */
		for (slot = 0; slot < FC_SLOTS; slot++)
			if (e1->channel[slot].rxsig != from->sent[slot])
				dahdi_rbsbits(&e1->channel[slot], from->sent[slot]);
	}
	if ((e1->span.alarms & ~DAHDI_ALARM_LOOPBACK) != alarms) {
		e1->span.alarms = alarms;
		dahdi_alarm_notify(&e1->span);
	}
	dahdi_ec_span(&e1->span);
	dahdi_receive(&e1->span);
}

void fc_e1_tick(void)
{
	int i;

	for (i = 0; i < 2; i++)
		if (assigned(&fc_card.e1[i]))
			dahdi_transmit(&fc_card.e1[i].span);
	for (i = 0; i < 2; i++)
		if (assigned(&fc_card.e1[i]))
			receive(&fc_card.e1[i]);
}

/* The tick of the first E1 span moves the whole card. */
static void e1_sync_tick(struct dahdi_span *span, int is_master)
{
	unsigned long flags;

	if (e1_of(span) != &fc_card.e1[0])
		return;
	spin_lock_irqsave(&fc_card.lock, flags);
	fc_e1_tick();
	fc_analog_tick();
	spin_unlock_irqrestore(&fc_card.lock, flags);
}

int fc_e1_slip(struct fc_e1 *e1, bool repeat)
{
	if (repeat ? e1->delay == FC_STORE - DAHDI_CHUNKSIZE : e1->delay == 0)
		return -ERANGE;
	/* Reading later repeats an octet of each timeslot, reading earlier drops one. */
	e1->delay += repeat ? 1 : -1;
	e1->span.count.timingslips++;
	return 0;
}

static const struct dahdi_span_ops e1_ops = {
	.owner = THIS_MODULE,
	.startup = e1_startup,
	.shutdown = e1_shutdown,
	.spanconfig = e1_spanconfig,
	.chanconfig = e1_chanconfig,
	.rbsbits = e1_rbsbits,
	.maint = e1_maint,
	.sync_tick = e1_sync_tick,
	.open = fc_open,
	.close = fc_close,
};

void fc_e1_init(struct fc_e1 *e1, struct fc_e1 *peer, int number)
{
	struct dahdi_span *span = &e1->span;
	int slot;

	e1->peer = peer;
	e1->delay = DAHDI_CHUNKSIZE / 2;
	e1->random = number;
	snprintf(span->name, sizeof(span->name), "FC/E1/%d", number);
	snprintf(span->desc, sizeof(span->desc), "fastcall software E1 %d", number);
	span->spantype = SPANTYPE_DIGITAL_E1;
	span->deflaw = DAHDI_LAW_ALAW;
	span->flags = DAHDI_FLAG_RBS;
	span->linecompat = DAHDI_CONFIG_CCS | DAHDI_CONFIG_HDB3 | DAHDI_CONFIG_AMI | DAHDI_CONFIG_CRC4;
	span->cannot_provide_timing = 1;
	span->channels = FC_SLOTS;
	span->chans = e1->channels;
	span->ops = &e1_ops;
	for (slot = 0; slot < FC_SLOTS; slot++) {
		struct dahdi_chan *chan = &e1->channel[slot];

		snprintf(chan->name, sizeof(chan->name), "FC/E1/%d/%d", number, slot + 1);
		chan->sigcap = DAHDI_SIG_EM | DAHDI_SIG_CLEAR | DAHDI_SIG_CAS | DAHDI_SIG_DACS_RBS;
		chan->chanpos = slot + 1;
		chan->pvt = e1;
		e1->channels[slot] = chan;
		/* 1101: idle. */
		e1->sent[slot] = DAHDI_BITS_ABD;
	}
}
